import { meetsMinimum } from '@pilvi/cluster-map';
import type { ClusterSettings, Incarnation } from '@pilvi/cluster-map';
import type { Compare, ControlStore } from '@pilvi/control-store';
import type { Logger } from '@pilvi/runtime';
import { MEMBER_PREFIX, PARTITION_PREFIX, SETTINGS_KEY } from './keys.ts';
import { decodeConfig, decodeMember, decodeSettings, encodeSettings } from './stored-form.ts';

/** A commit may not be acknowledged on fewer copies than this, in as many zones, where the cluster has so many (I3). */
const SAFE_COPIES = 2;

interface Components {
  readonly control: ControlStore;
  readonly log: Logger;
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
 * The transaction holds only if no configuration changed meanwhile.
 */
export async function raiseMinimum({ control, log }: Components): Promise<void> {
  const stored = await control.get(SETTINGS_KEY);
  if (stored === undefined) return;
  const settings = decodeSettings(stored.value);
  const members = (await control.range(MEMBER_PREFIX)).entries.map((entry) => decodeMember(entry.value));
  const zones = new Map<Incarnation, string>(members.map((m) => [m.incarnation, m.zone]));
  const wanted = wantedMinimum(settings, new Set(members.filter((m) => m.state === 'active').map((m) => m.zone)).size);
  if (wanted.minInSync === settings.minInSync && wanted.minZones === settings.minZones) return;
  const { entries } = await control.range(PARTITION_PREFIX);
  const isMet = entries.every((entry) => meetsMinimum(decodeConfig(entry.value).inSync, wanted, (node) => zones.get(node)));
  if (!isMet || entries.length < settings.partitions) return;
  const compares: Compare[] = [stored, ...entries].map(({ key, modRevision }) => ({ key, modRevision }));
  const raised = await control.txn(compares, [{ kind: 'put', key: SETTINGS_KEY, value: encodeSettings(wanted) }]);
  if (raised.succeeded)
    log.info({ minInSync: wanted.minInSync, minZones: wanted.minZones }, 'every partition has more copies: the minimum is raised');
}

function wantedMinimum(settings: ClusterSettings, zones: number): ClusterSettings {
  const minInSync = Math.max(settings.minInSync, Math.min(SAFE_COPIES, settings.copies));
  return { ...settings, minInSync, minZones: Math.max(settings.minZones, Math.min(minInSync, zones)) };
}
