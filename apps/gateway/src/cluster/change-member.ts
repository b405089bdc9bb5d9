import { meetsMinimum } from '@pilvi/cluster-map';
import type { ClusterSettings, Incarnation, Member, PartitionConfig } from '@pilvi/cluster-map';
import type { Change, ControlStore, KeyValue } from '@pilvi/control-store';
import { MEMBER_PREFIX, PARTITION_PREFIX, SETTINGS_KEY } from './keys.ts';
import { decodeConfig, decodeMember, decodeSettings, encodeMember } from './stored-form.ts';

const ATTEMPTS = 10;

/** Why a member was not changed, for a person. */
export class MemberRefusal extends Error {
  override readonly name = 'MemberRefusal';
}

/** What a decision on a member stands on, read at one revision but for what nodes say. */
export interface ClusterView {
  readonly settings: ClusterSettings;
  /** Not those that are retired. */
  readonly members: readonly Member[];
  readonly partitions: readonly PartitionConfig[];
  /** Heard of a moment ago, here or by another gateway. */
  readonly isLive: (node: Incarnation) => boolean;
  /** It says itself that nothing that it holds is needed there. */
  readonly isEmpty: (node: Incarnation) => boolean;
}

type Liveness = Pick<ClusterView, 'isLive' | 'isEmpty'>;

/** From now on its data is moved to others (K4, P1), while it serves on. Throws MemberRefusal where the others could not take it. */
export async function drainMember(control: ControlStore, name: string, liveness: Liveness): Promise<void> {
  await changeMember(control, name, liveness, 'draining', mayDrain);
}

/** It takes data again. */
export async function undrainMember(control: ControlStore, name: string, liveness: Liveness): Promise<void> {
  await changeMember(control, name, liveness, 'active', () => undefined);
}

/**
 * It never comes back, and whatever is still its own is given to others at once (P2). Throws MemberRefusal where that could lose something: it holds data and is there,
 * so it can be drained; or what it holds may be on nobody else. `acceptLoss` overrides the latter for chunks, never for what the index needs.
 */
export async function removeMember(control: ControlStore, name: string, liveness: Liveness, acceptLoss: boolean): Promise<void> {
  await changeMember(control, name, liveness, 'retired', (view, member) => mayRemove(view, member, acceptLoss));
}

/** Undefined, or why not. Pure. */
export function mayDrain({ settings, members, isLive }: ClusterView, member: Member): string | undefined {
  const others = members.filter((m) => m.incarnation !== member.incarnation && m.state === 'active' && isLive(m.incarnation));
  if (others.length < settings.copies)
    return `${String(settings.copies)} copies need as many other nodes that take data, and there are ${String(others.length)}: let another machine join first`;
  const zones = new Set(others.map((m) => m.zone)).size;
  if (zones < settings.minZones)
    return `the others are in ${String(zones)} zone, and two copies of everything have to be in ${String(settings.minZones)}`;
  return undefined;
}

/** Undefined, or why not. Pure. */
export function mayRemove(view: ClusterView, member: Member, acceptLoss: boolean): string | undefined {
  const { settings, members, partitions, isLive, isEmpty } = view;
  const { incarnation: node, name } = member;
  const named = partitions.filter(({ replicas, inSync, learners }) => [...replicas, ...inSync, ...learners].includes(node));
  if (isLive(node))
    return named.length === 0 && isEmpty(node) ? undefined : `${name} is there and holds data that is needed: npx pilvi node drain ${name}`;
  const zoneOf = (id: Incarnation): string | undefined => members.find((m) => m.incarnation === id)?.zone;
  const short = partitions.filter(({ inSync }) => {
    const others = inSync.filter((id) => id !== node && isLive(id));
    return inSync.includes(node) && !meetsMinimum(others, settings, zoneOf);
  });
  if (short.length > 0)
    return `${String(short.length)} partitions have too few other copies that are in sync and there: bring ${name} back, or other nodes that are down`;
  const missing = members.filter((m) => m.incarnation !== node && !isLive(m.incarnation)).map((m) => m.name);
  if (missing.length > 0 && !acceptLoss)
    return `${missing.join(', ')} cannot be reached either: of an object whose copies are on these nodes only, none would be left. Bring one back, or say --accept-loss`;
  return undefined;
}

async function changeMember(
  control: ControlStore,
  name: string,
  liveness: Liveness,
  state: Member['state'],
  refusalOf: (view: ClusterView, member: Member) => string | undefined,
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { view, stored } = await readView(control, liveness);
    const member = view.members.find((m) => m.name === name);
    if (member === undefined)
      throw new MemberRefusal(`there is no node "${name}"; there are ${view.members.map((m) => m.name).join(', ')}`);
    if (member.state === state) return;
    const refusal = refusalOf(view, member);
    if (refusal !== undefined) throw new MemberRefusal(refusal);
    const own = stored.find((entry) => decodeMember(entry.value).incarnation === member.incarnation);
    if (own === undefined) continue;
    const change: Change = { kind: 'put', key: own.key, value: encodeMember({ ...member, state }) };
    // All of them: of two nodes drained at once each would count on the other.
    const compares = stored.map(({ key, modRevision }) => ({ key, modRevision }));
    if ((await control.txn(compares, [change])).succeeded) return;
  }
  throw new MemberRefusal('the list of members changes all the time: try again');
}

async function readView(control: ControlStore, liveness: Liveness): Promise<{ view: ClusterView; stored: readonly KeyValue[] }> {
  const [settings, members, partitions] = await Promise.all([
    control.get(SETTINGS_KEY),
    control.range(MEMBER_PREFIX),
    control.range(PARTITION_PREFIX),
  ]);
  if (settings === undefined) throw new MemberRefusal('the cluster does not exist yet');
  const stored = members.entries.filter((entry) => decodeMember(entry.value).state !== 'retired');
  return {
    stored,
    view: {
      ...liveness,
      settings: decodeSettings(settings.value),
      members: stored.map((entry) => decodeMember(entry.value)),
      partitions: partitions.entries.map((entry) => decodeConfig(entry.value)),
    },
  };
}
