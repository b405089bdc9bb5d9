import type { ClusterMap, ClusterMapSource, Incarnation } from '@pilvi/cluster-map';
import type { ControlMirror, EmbeddedControlStore, MirrorState } from '@pilvi/control-store';
import type { Clock, Logger } from '@pilvi/runtime';
import type { Contact, FirstContacts } from './first-contact.ts';
import type { NodeReports } from './node-reports.ts';

const LOOK_EVERY_MS = 1_000;
/** A node silent for this long counts no more among the copies of the control store, while others are there. */
const SILENT_MS = 10_000;
/** How often, and how long, a first start looks for the copies of the nodes that called. */
const FIRST_LOOK_EVERY_MS = 10;
const FIRST_LOOK_BOUND_MS = 5_000;

interface Components {
  readonly control: EmbeddedControlStore;
  readonly maps: ClusterMapSource;
  readonly contacts: FirstContacts;
  readonly reports: NodeReports;
  /** The mirror of a node at an address; the same one for the same arguments. */
  readonly mirrorAt: (node: Incarnation, address: string) => ControlMirror;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * E1: every member, and every node that called before it could join, mirrors the control store; where it was last heard
 * counts more than where it once joined.
 */
export function nameMirrors({ control, maps, contacts, mirrorAt }: Omit<Components, 'reports' | 'clock' | 'log'>): void {
  const addresses = new Map<Incarnation, string>();
  const members = maps.current()?.members;
  for (const member of members?.values() ?? []) addresses.set(member.incarnation, member.address);
  for (const { incarnation, address } of callersOf(contacts, control.clusterId)) addresses.set(incarnation, address);
  for (const member of members?.values() ?? []) if (member.state === 'retired') addresses.delete(member.incarnation);
  if (addresses.size > 0) control.setMirrors([...addresses].map(([node, address]) => mirrorAt(node, address)));
}

/** A new cluster: the copies of the nodes that called count from the beginning. */
export async function nameFirstMirrors(
  { control, contacts, clock }: Pick<Components, 'control' | 'contacts' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = clock.monotonicMs() + FIRST_LOOK_BOUND_MS;
  const copies = (): string[] => control.mirrorStates().flatMap(({ copyId }) => copyId ?? []);
  while (copies().length < callersOf(contacts, control.clusterId).length && clock.monotonicMs() < untilMs)
    await clock.sleep(FIRST_LOOK_EVERY_MS, signal);
  await control.requireMirrors(copies());
}

/** Nodes that called and belong to this cluster, or to none yet. */
function callersOf(contacts: FirstContacts, clusterId: string): Contact[] {
  return contacts.all.filter((c) => c.clusterId === '' || c.clusterId === clusterId);
}

/** Keeps those that count (E1) to members that are heard of and have everything. */
export async function runMirrorController(components: Omit<Components, 'contacts' | 'mirrorAt'>, signal: AbortSignal): Promise<void> {
  const { control, maps, reports, clock, log } = components;
  const isHeard = (node: Incarnation): boolean => reports.silentMs(node) < SILENT_MS;
  const startedMs = clock.monotonicMs();
  let lookedAtRevision = control.revision;
  while (!signal.aborted) {
    const map = maps.current();
    const copies = copiesOf(control.mirrorStates(), lookedAtRevision);
    lookedAtRevision = control.revision;
    const mayStillCall = clock.monotonicMs() - startedMs < SILENT_MS;
    const wanted = map === undefined ? [] : whoCounts(map, { required: control.requiredMirrors, copies, isHeard, mayStillCall });
    await control.requireMirrors(wanted.length > 0 ? wanted : control.requiredMirrors).catch((error: unknown) => {
      log.debug({ err: error, wanted }, 'the mirrors that count could not be changed yet');
    });
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** A copy of the control data as its node last spoke of it. */
export interface Copy {
  readonly id: string;
  readonly node: Incarnation;
  /** It has everything there was a moment ago. */
  readonly isCaughtUp: boolean;
}

function copiesOf(states: readonly MirrorState[], revision: number): Copy[] {
  return states.flatMap(({ copyId, node, ackedRevision }) =>
    copyId === undefined ? [] : [{ id: copyId, node: node as Incarnation, isCaughtUp: ackedRevision >= revision }],
  );
}

/**
 * The copies that are to count: those that do stay while their node is a member and heard of, whichever incarnation it is; members' copies that have
 * everything come in. A copy that no node has spoken of is gone, unless its node may still call. Nobody when none of those that count is heard of.
 */
export function whoCounts(
  map: ClusterMap,
  now: {
    required: readonly string[];
    copies: readonly Copy[];
    isHeard: (node: Incarnation) => boolean;
    /** The gateway has just started. */
    mayStillCall: boolean;
  },
): string[] {
  const isThere = ({ node }: Copy): boolean => map.members.get(node)?.state !== 'retired' && now.isHeard(node);
  const stays = (id: string): boolean => {
    const holders = now.copies.filter((copy) => copy.id === id);
    return holders.length === 0 ? now.mayStillCall : holders.some(isThere);
  };
  const coming = now.copies.filter((copy) => copy.isCaughtUp && map.members.has(copy.node) && isThere(copy));
  return [...new Set([...now.required.filter(stays), ...coming.map((copy) => copy.id)])].sort();
}
