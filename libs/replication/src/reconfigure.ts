import type { Incarnation, PartitionConfig } from '@pilvi/cluster-map';
import { minimumMet, nextConfig, sendProposal } from './configuration.ts';
import { beginHandOver } from './hand-over.ts';
import { caughtUp, reachable } from './reachability.ts';
import { keeps } from './state.ts';
import type { Core, Replica, Term } from './state.ts';

type Change = Partial<Pick<PartitionConfig, 'replicas' | 'inSync' | 'learners'>>;

/** The primary changes who holds its partition, one CAS at a time: drops who is gone, fills, promotes, moves (I3, M2, M3, C4). */
export function reconfigure(core: Core, replica: Replica, term: Term): void {
  const config = replica.config;
  if (config === undefined || core.settings === undefined) return;
  if (term.outstanding.length > 0 || term.releasedMs !== undefined || term.handOverTo !== undefined) return;
  // D2: a torn log shrinks nothing before it heard from the others.
  if (replica.torn && term.phase === 'collect' && keeps(core, 'D2')) return;
  const change =
    dropOrPromote(core, replica, term, config) ??
    dropLearners(core, term, config) ??
    addLearners(core, term, config) ??
    follow(core, replica, term, config);
  if (change === undefined || (canWait(core, term, config, change) && !takeTurn(core))) return;
  const next = nextConfig(core, config, change);
  term.outstanding.push({ config: next, expectedEpoch: config.epoch, sentMs: core.nowMs });
  sendProposal(core, config, next);
}

/**
 * Changes that can wait are made so many at a time, of all partitions that this node leads: each makes the partition's leases and feeds begin anew, and of
 * all at once those who write would wait for the last. Not one by one either: what is made together is one commit of the control store, one fsync at each of its
 * copies, and one map for each node.
 */
const CHANGES_PER_TURN = 16;
const TURN_MS = 100;
/** When CASes are slow, no more than these are under way. */
const CHANGES_UNDER_WAY = 32;

/** Whether it is this change's turn. */
function takeTurn(core: Core): boolean {
  const { turn } = core;
  if (core.nowMs - turn.beganMs >= TURN_MS) Object.assign(turn, { beganMs: core.nowMs, changes: 0 });
  if (turn.changes >= CHANGES_PER_TURN || changesUnderWay(core) >= CHANGES_UNDER_WAY) return false;
  turn.changes++;
  return true;
}

/** Everything but dropping who is gone, for whom all writes wait, and filling up to the minimum (I3). */
function canWait(core: Core, term: Term, config: PartitionConfig, change: Change): boolean {
  const drops = change.inSync !== undefined && config.inSync.some((node) => change.inSync?.includes(node) === false);
  return (
    !drops &&
    minimumMet(
      core,
      config.inSync.filter((node) => reachable(core, term, node)),
    )
  );
}

function changesUnderWay(core: Core): number {
  let underWay = 0;
  for (const { term } of core.replicas.values()) if (term !== undefined && term.outstanding.length > 0) underWay++;
  return underWay;
}

function dropOrPromote(core: Core, replica: Replica, term: Term, config: PartitionConfig): Change | undefined {
  const gone = config.inSync.filter((node) => !reachable(core, term, node));
  const stay = config.inSync.filter((node) => !gone.includes(node));
  const ready = config.learners.filter((node) => reachable(core, term, node) && caughtUp(core, replica, term, node));
  const replicas = config.replicas.filter((node) => core.members.get(node)?.state !== 'retired');
  const learners = config.learners.filter((node) => !ready.includes(node));
  if (ready.length > 0 && (term.phase !== 'collect' || gone.length > 0)) {
    const all = [...stay, ...ready];
    // I3: the survivor of two swaps the learner in for the lost one with one CAS.
    if (minimumMet(core, all)) return { inSync: all, learners, replicas: withAll(replicas, all) };
    if (gone.length === 0) return { inSync: all, learners, replicas };
  }
  if (gone.length > 0 && minimumMet(core, stay)) return { inSync: stay, replicas };
  return undefined;
}

function dropLearners(core: Core, term: Term, config: PartitionConfig): Change | undefined {
  const learners = config.learners.filter((node) => reachable(core, term, node));
  return learners.length < config.learners.length ? { learners } : undefined;
}

/** Who should hold the partition and does not becomes a learner, as soon as it is connected; nobody's help is needed. */
function addLearners(core: Core, term: Term, config: PartitionConfig): Change | undefined {
  const fresh = config.replicas.filter(
    (node) =>
      !config.inSync.includes(node) &&
      !config.learners.includes(node) &&
      core.peers.get(node)?.dialed !== undefined &&
      reachable(core, term, node),
  );
  return fresh.length > 0 ? { learners: [...config.learners, ...fresh] } : undefined;
}

/** C4: works towards the placement that the controller advised: fill, then remove, handing over where the primary itself must go. */
function follow(core: Core, replica: Replica, term: Term, config: PartitionConfig): Change | undefined {
  const advice = replica.advice;
  if (advice === undefined) return undefined;
  const wanted = advice.replicas.filter((node) => core.members.get(node)?.state !== 'retired');
  const missing = wanted.filter((node) => !config.replicas.includes(node));
  if (missing.length > 0) return { replicas: [...config.replicas, ...missing] };
  // The survivor of two is filled up before it can serve (I3); what goes away waits until it serves.
  if (term.phase !== 'serve') return undefined;
  if (!wanted.every((node) => config.inSync.includes(node))) return undefined;
  const extra = config.replicas.filter((node) => !wanted.includes(node));
  if (extra.length > 0 && wanted.includes(core.self)) {
    const inSync = config.inSync.filter((node) => wanted.includes(node));
    return minimumMet(core, inSync)
      ? { replicas: wanted, inSync, learners: config.learners.filter((node) => wanted.includes(node)) }
      : undefined;
  }
  const leader = extra.length > 0 ? (advice.primary ?? wanted[0]) : advice.primary;
  if (leader !== undefined && leader !== core.self && !mayHandOver(core, term)) return undefined;
  replica.advice = undefined;
  if (leader !== undefined && leader !== core.self) beginHandOver(core, replica, term, leader);
  return undefined;
}

/** Nobody can write to a partition between its release and the successor's CAS: of many at once, each would wait for the last. */
const HAND_OVERS_AT_ONCE = 4;

function mayHandOver(core: Core, term: Term): boolean {
  if (core.nowMs - term.epochSinceMs < core.options.timings.handOverAfterMs) return false;
  let underWay = 0;
  for (const other of core.replicas.values()) if (other.term?.handOverTo !== undefined || other.term?.releasedMs !== undefined) underWay++;
  return underWay < HAND_OVERS_AT_ONCE;
}

function withAll(set: readonly Incarnation[], more: readonly Incarnation[]): Incarnation[] {
  return [...new Set([...set, ...more])];
}
