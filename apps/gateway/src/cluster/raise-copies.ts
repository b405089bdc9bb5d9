import { meetsMinimum } from '@pilvi/cluster-map';
import type { ClusterSettings, Incarnation, Member } from '@pilvi/cluster-map';
import type { Compare, ControlStore } from '@pilvi/control-store';
import type { Logger } from '@pilvi/runtime';
import { MemberRefusal } from './change-member.ts';
import { MEMBER_PREFIX, PARTITION_PREFIX, SETTINGS_KEY } from './keys.ts';
import type { Term } from './leadership.ts';
import { decodeConfig, decodeMember, decodeSettings, encodeSettings } from './stored-form.ts';

/** A commit may not be acknowledged on fewer copies than this, in as many zones, where the cluster has so many (I3). */
const SAFE_COPIES = 2;
const MOST_COPIES = 3;

interface Components {
  readonly control: ControlStore;
  readonly log: Logger;
}

/** As asked by the operator. Throws MemberRefusal for fewer copies than now, and for more than there are nodes. */
export async function setCopies(components: Components, copies: number): Promise<void> {
  const { control } = components;
  const stored = await control.get(SETTINGS_KEY);
  if (stored === undefined) throw new MemberRefusal('the cluster does not exist yet');
  const { copies: now } = decodeSettings(stored.value);
  const members = (await control.range(MEMBER_PREFIX)).entries.map((entry) => decodeMember(entry.value));
  const nodes = members.filter((m) => m.state === 'active').length;
  if (!Number.isInteger(copies) || copies < 1 || copies > MOST_COPIES)
    throw new MemberRefusal(`copies are a whole number from 1 to ${String(MOST_COPIES)}`);
  if (copies < now) throw new MemberRefusal(`the cluster keeps ${String(now)} copies, and copies can only be raised`);
  if (copies > nodes) throw new MemberRefusal(`${String(copies)} copies need as many nodes that take data, and there are ${String(nodes)}`);
  await raiseCopies(components, copies);
}

/** More copies are wanted from now on; the partitions get them while they serve (I3: copies are raised online). Fewer are never made. */
export async function raiseCopies({ control, log }: Components, copies: number): Promise<void> {
  const stored = await control.get(SETTINGS_KEY);
  if (stored === undefined) return;
  const settings = decodeSettings(stored.value);
  if (copies <= settings.copies) return;
  const value = encodeSettings({ ...settings, copies });
  const raised = await control.txn([{ key: SETTINGS_KEY, modRevision: stored.modRevision }], [{ kind: 'put', key: SETTINGS_KEY, value }]);
  if (raised.succeeded) log.info({ from: settings.copies, to: copies }, 'more copies are wanted');
}

/**
 * Raises the minimum without which nothing commits (I3), once every partition meets it: raised before, the partitions that have too few copies would stop.
 * It is announced first, and from then on no partition that meets it may go below (validateProposal); so one that is seen to meet it afterwards still does
 * when it is raised.
 */
export async function raiseMinimum({ control, log }: Components, term: Term): Promise<void> {
  const stored = await control.get(SETTINGS_KEY);
  if (stored === undefined) return;
  const settings = decodeSettings(stored.value);
  const members = (await control.range(MEMBER_PREFIX)).entries.map((entry) => decodeMember(entry.value));
  const wanted = wantedMinimum(settings, new Set(members.filter((m) => m.state === 'active').map((m) => m.zone)).size);
  const { coming, ...present } = settings;
  const isReached = sameMinimum(wanted, settings);
  if (isReached && coming === undefined) return;
  const isAnnounced = coming !== undefined && sameMinimum(wanted, coming);
  const isMet = !isReached && (await everyPartitionMeets(control, settings, wanted, members));
  // Announced and not met any more: another time.
  const next: ClusterSettings = !isMet ? present : isAnnounced ? { ...present, ...wanted } : { ...present, coming: wanted };
  if (!isMet && coming === undefined) return;
  const compares: Compare[] = [{ key: SETTINGS_KEY, modRevision: stored.modRevision }, ...term.compares];
  const changed = await control.txn(compares, [{ kind: 'put', key: SETTINGS_KEY, value: encodeSettings(next) }]);
  if (changed.succeeded && isMet && isAnnounced) log.info({ ...wanted }, 'every partition has more copies: the minimum is raised');
}

async function everyPartitionMeets(
  control: ControlStore,
  settings: ClusterSettings,
  wanted: Minimum,
  members: readonly Member[],
): Promise<boolean> {
  const zones = new Map<Incarnation, string>(members.map((m) => [m.incarnation, m.zone]));
  const { entries } = await control.range(PARTITION_PREFIX);
  if (entries.length < settings.partitions) return false;
  return entries.every((entry) => meetsMinimum(decodeConfig(entry.value).inSync, wanted, (node) => zones.get(node)));
}

type Minimum = Pick<ClusterSettings, 'minInSync' | 'minZones'>;

function sameMinimum(a: Minimum, b: Minimum): boolean {
  return a.minInSync === b.minInSync && a.minZones === b.minZones;
}

function wantedMinimum(settings: ClusterSettings, zones: number): Minimum {
  const minInSync = Math.max(settings.minInSync, Math.min(SAFE_COPIES, settings.copies));
  return { minInSync, minZones: Math.max(settings.minZones, Math.min(minInSync, zones)) };
}
