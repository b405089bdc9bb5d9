import type { Epoch, Incarnation } from './ids.ts';
import type { ClusterSettings, Member, PartitionConfig } from './map.ts';

export interface Proposal {
  readonly expectedEpoch: Epoch;
  readonly proposer: Incarnation;
  readonly config: PartitionConfig;
}

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** At least the minimum of copies, in at least the minimum of zones (I3). */
export function meetsMinimum(
  set: readonly Incarnation[],
  settings: Pick<ClusterSettings, 'minInSync' | 'minZones'>,
  zoneOf: (node: Incarnation) => string | undefined,
): boolean {
  if (set.length < settings.minInSync) return false;
  return new Set(set.map((node) => zoneOf(node) ?? node)).size >= settings.minZones;
}

/**
 * Whether a gateway may make this change (REPLICATION C2): proposed by an in-sync replica at the expected epoch; the new
 * in-sync set comes from the old one and its learners; never below the minimum (I3).
 */
export function validateProposal(
  current: PartitionConfig,
  proposal: Proposal,
  context: { settings: ClusterSettings; members: ReadonlyMap<Incarnation, Member> },
): Verdict {
  const next = proposal.config;
  const refuse = (reason: string): Verdict => ({ ok: false, reason });
  if (current.epoch !== proposal.expectedEpoch) return refuse(`the epoch is ${String(current.epoch)}`);
  if (next.epoch !== current.epoch + 1) return refuse('the new epoch does not follow');
  if (!current.inSync.includes(proposal.proposer)) return refuse('the proposer is not in sync');
  if (next.primary !== proposal.proposer) return refuse('the proposer does not name itself primary');
  if (!next.inSync.includes(next.primary)) return refuse('the primary is not in sync');
  if (!next.inSync.every((n) => current.inSync.includes(n) || current.learners.includes(n)))
    return refuse('a new in-sync replica was no learner');
  if (next.learners.some((n) => next.inSync.includes(n))) return refuse('a learner is in sync already');
  if (new Set(next.inSync).size !== next.inSync.length) return refuse('a replica is named twice');
  // A gateway whose map is behind would take a node that it does not know for a zone of its own.
  if (!next.inSync.every((n) => context.members.has(n))) return refuse('a replica is not known here yet');
  const zoneOf = (node: Incarnation): string | undefined => context.members.get(node)?.zone;
  if (!meetsMinimum(next.inSync, context.settings, zoneOf) && !sameSet(next.inSync, current.inSync))
    return refuse('fewer copies or zones than the minimum');
  const { coming } = context.settings;
  if (coming !== undefined && meetsMinimum(current.inSync, coming, zoneOf) && !meetsMinimum(next.inSync, coming, zoneOf))
    return refuse('fewer copies or zones than the minimum that comes');
  return { ok: true };
}

function sameSet(a: readonly Incarnation[], b: readonly Incarnation[]): boolean {
  return a.length === b.length && a.every((x) => b.includes(x));
}
