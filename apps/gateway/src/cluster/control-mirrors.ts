import type { ClusterMap, ClusterMapSource, Incarnation } from '@pilvi/cluster-map';
import type { ControlMirror, EmbeddedControlStore } from '@pilvi/control-store';
import type { Clock, Logger } from '@pilvi/runtime';
import type { Contact, FirstContacts } from './first-contact.ts';
import type { NodeReports } from './node-reports.ts';

const LOOK_EVERY_MS = 1_000;
/** A node silent for this long counts no more among the copies of the control store, while others are there. */
const SILENT_MS = 10_000;

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

/** Nodes that called and belong to this cluster, or to none yet. */
export function callersOf(contacts: FirstContacts, clusterId: string): Contact[] {
  return contacts.all.filter((c) => c.clusterId === '' || c.clusterId === clusterId);
}

/** Keeps those that count (E1) to members that are heard of and have everything. */
export async function runMirrorController(components: Omit<Components, 'contacts' | 'mirrorAt'>, signal: AbortSignal): Promise<void> {
  const { control, maps, reports, clock, log } = components;
  const isHeard = (node: Incarnation): boolean => reports.silentMs(node) < SILENT_MS;
  let lookedAtRevision = control.revision;
  while (!signal.aborted) {
    const map = maps.current();
    const caughtUp = control.mirrorStates().filter((m) => m.ackedRevision >= lookedAtRevision);
    lookedAtRevision = control.revision;
    const wanted =
      map === undefined ? [] : whoCounts(map, { required: control.requiredMirrors, caughtUp: caughtUp.map((m) => m.id), isHeard });
    await control.requireMirrors(wanted.length > 0 ? wanted : control.requiredMirrors).catch((error: unknown) => {
      log.debug({ err: error, wanted }, 'the mirrors that count could not be changed yet');
    });
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** Those that count and are heard of stay; members that have everything come in. Nobody when none of them is heard of. */
export function whoCounts(
  map: ClusterMap,
  now: { required: readonly string[]; caughtUp: readonly string[]; isHeard: (node: Incarnation) => boolean },
): string[] {
  const stays = (id: string): boolean => map.members.get(id as Incarnation)?.state !== 'retired' && now.isHeard(id as Incarnation);
  const comes = (id: string): boolean => map.members.has(id as Incarnation) && stays(id);
  return [...new Set([...now.required.filter(stays), ...now.caughtUp.filter(comes)])].sort();
}
