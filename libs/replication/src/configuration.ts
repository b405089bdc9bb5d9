import { epoch, meetsMinimum } from '@pilvi/cluster-map';
import type { Incarnation, PartitionConfig } from '@pilvi/cluster-map';
import { hurryClaim } from './claim.ts';
import { noteLostMember } from './learner.ts';
import { persist } from './persist.ts';
import { emit, keeps } from './state.ts';
import type { Core, Replica, Term } from './state.ts';
import { startTerm } from './term.ts';

/** A configuration was learnt, from a gateway or a peer; older ones are ignored. */
export function learnConfig(core: Core, replica: Replica, config: PartitionConfig): void {
  if (replica.config !== undefined && config.epoch <= replica.config.epoch) return;
  noteLostMember(core, replica, config);
  replica.config = config;
  replica.promised = config.epoch > replica.promised ? config.epoch : replica.promised;
  // E1: the replica persists the configuration under which it acts; what it promises is sent after this.
  persist(core, [{ kind: 'config', partition: replica.partition, config, promised: replica.promised }]);
  if (replica.hurryEpoch !== undefined && replica.hurryEpoch < config.epoch) replica.hurryEpoch = undefined;
  // L1: learning of a new epoch led by another restarts the wait before a claim.
  replica.claimNotBeforeMs = core.nowMs + core.options.timings.leaseGraceMs;
  const term = replica.term;
  if (term !== undefined) {
    if (config.primary === core.self && term.outstanding.some((p) => p.config.proposal === config.proposal))
      continueTerm(core, replica, term, config);
    else stepDown(core, replica);
  }
  const claim = replica.claim;
  if (claim !== undefined && config.epoch > claim.expectedEpoch) {
    replica.claim = undefined;
    if (claim.config.proposal === config.proposal && config.primary === core.self) startTerm(core, replica, claim.graceOverMs);
  }
  // L3: its primary was gone before its claim was heard of; it may be just coming back.
  if (replica.term === undefined && config.inSync.includes(core.self) && core.peers.get(config.primary)?.isGone === true)
    hurryClaim(core, replica, config, core.options.timings.streamPatienceMs);
  tellRole(core, replica);
}

/** One's own proposal won: the term goes on under the new epoch, with new leases. */
function continueTerm(core: Core, replica: Replica, term: Term, config: PartitionConfig): void {
  term.epoch = config.epoch;
  term.epochSinceMs = core.nowMs;
  term.outstanding = [];
  term.releasedMs = undefined;
  term.handOverTo = undefined;
  for (const [node, follower] of term.followers) {
    follower.lease = undefined;
    // Who learnt the new epoch first has refused what the old one sent: it is offered again, as a new feed.
    follower.stream = undefined;
    if (!config.inSync.includes(node) && !config.learners.includes(node)) term.followers.delete(node);
  }
  core.beaconSoon.add(replica.partition);
}

/** Ends the term: a higher epoch was seen (L2). */
export function stepDown(core: Core, replica: Replica): void {
  replica.term = undefined;
  tellRole(core, replica);
}

/** C3: the in-sync set, and that of every proposal whose outcome is unknown. */
export function members(core: Core, replica: Replica): Set<Incarnation> {
  const set = new Set(replica.config?.inSync ?? []);
  const outstanding = replica.term?.outstanding ?? [];
  if (keeps(core, 'C3')) {
    for (const p of outstanding) for (const node of p.config.inSync) set.add(node);
    return set;
  }
  const newest = outstanding.at(-1);
  return newest === undefined ? set : new Set(newest.config.inSync);
}

/** I3: at least the minimum of copies in the minimum of zones. */
export function minimumMet(core: Core, set: Iterable<Incarnation>): boolean {
  if (core.settings === undefined) return false;
  if (!keeps(core, 'I3')) return true;
  return meetsMinimum([...set], core.settings, (node) => core.members.get(node)?.zone);
}

/** The configuration that follows the present one, proposed by this node, which leads it. */
export function nextConfig(
  core: Core,
  current: PartitionConfig,
  change: Partial<Pick<PartitionConfig, 'replicas' | 'inSync' | 'learners'>>,
): PartitionConfig {
  return {
    partition: current.partition,
    epoch: epoch(current.epoch + 1),
    proposal: core.options.nextProposalId(),
    primary: core.self,
    replicas: change.replicas ?? current.replicas,
    inSync: change.inSync ?? current.inSync,
    learners: change.learners ?? current.learners,
  };
}

/** Asks the gateways for a CAS. Its outcome is learnt only from a map whose epoch is above the expected one (C3). */
export function sendProposal(core: Core, current: PartitionConfig, config: PartitionConfig): void {
  emit(core, { kind: 'propose-config', expectedEpoch: current.epoch, config });
}

/** Tells the host when role, epoch or readiness changed. */
export function tellRole(core: Core, replica: Replica): void {
  const config = replica.config;
  const term = replica.term;
  const role =
    term !== undefined
      ? 'primary'
      : config?.inSync.includes(core.self) === true
        ? 'secondary'
        : config?.learners.includes(core.self) === true
          ? 'learner'
          : 'none';
  const serving = term?.phase === 'serve' && term.releasedMs === undefined;
  const epochNow = config?.epoch ?? epoch(0);
  const told = replica.told;
  if (told.role === role && told.epoch === epochNow && told.serving === serving) return;
  replica.told = { role, epoch: epochNow, serving };
  emit(core, { kind: 'role', partition: replica.partition, role, epoch: epochNow, serving });
}
