import type { Incarnation } from '@pilvi/cluster-map';
import { driveCollect } from './collect.ts';
import { tryCommit } from './commit.ts';
import { members, sendProposal, tellRole } from './configuration.ts';
import { driveHandOver } from './hand-over.ts';
import { graceOverMs as presentGraceOverMs } from './lease.ts';
import { pump } from './prepare.ts';
import { reconfigure } from './reconfigure.ts';
import type { Core, Follower, Replica, Term } from './state.ts';
import type { MonotonicMs } from './types.ts';

/** The claim won: collect the tails of those kept, re-prepare, take leases, serve (L2). */
export function startTerm(core: Core, replica: Replica, graceOverMs: MonotonicMs): void {
  const config = replica.config;
  if (config === undefined) return;
  replica.term = {
    epoch: config.epoch,
    firstEpoch: config.epoch,
    phase: 'collect',
    startedMs: core.nowMs,
    epochSinceMs: core.nowMs,
    graceOverMs,
    goal: 0,
    followers: new Map(),
    collected: new Map(),
    collectSentMs: new Map(),
    outstanding: [],
    releasedMs: undefined,
    handOverTo: undefined,
    handOverSinceMs: 0,
  };
  core.beaconSoon.add(replica.partition);
  driveTerm(core, replica);
}

/** Moves a term forward as far as what is known allows. Called at every tick and whenever something of the partition changed. */
export function driveTerm(core: Core, replica: Replica): void {
  const term = replica.term;
  const config = replica.config;
  if (term === undefined || config === undefined) return;
  followAll(core, replica, term);
  repeatProposals(core, replica, term);
  if (term.releasedMs === undefined) {
    if (term.phase === 'collect') driveCollect(core, replica, term);
    for (const follower of term.followers.values()) pump(core, replica, term, follower);
    tryCommit(core, replica);
    serveWhenReady(core, replica, term);
  }
  driveHandOver(core, replica, term);
  reconfigure(core, replica, term);
  tellRole(core, replica);
}

/** L2: everything adopted has committed, and the grace of every ack given is over unless voided or released. */
function serveWhenReady(core: Core, replica: Replica, term: Term): void {
  if (term.phase !== 'replicate' || replica.commit < term.goal) return;
  const until = term.graceOverMs === 0 ? 0 : Math.max(term.graceOverMs, presentGraceOverMs(core, replica));
  // A claim made with proof of the old primary's end carries a grace that is already over.
  if (core.nowMs < until) return;
  term.phase = 'serve';
  core.beaconSoon.add(replica.partition);
}

/** Every member and learner has a follower. */
function followAll(core: Core, replica: Replica, term: Term): void {
  const config = replica.config;
  if (config === undefined) return;
  const wanted = new Set<Incarnation>([...members(core, replica), ...config.learners]);
  wanted.delete(core.self);
  for (const node of wanted) if (!term.followers.has(node)) term.followers.set(node, newFollower(core, replica, node));
  for (const node of term.followers.keys()) if (!wanted.has(node)) term.followers.delete(node);
}

function newFollower(core: Core, replica: Replica, node: Incarnation): Follower {
  return {
    incarnation: node,
    feed: core.nextFeed++,
    nextSeq: replica.log.last.seq + 1,
    acked: undefined,
    lease: undefined,
    lastHeardMs: core.nowMs,
    inFlightBytes: 0,
    inFlight: [],
    snapshot: undefined,
    snapshotNotBeforeMs: 0,
    gaps: 0,
    stream: undefined,
  };
}

/** C3: an outcome is never learnt from a time-out, so an unanswered proposal is only said again. */
function repeatProposals(core: Core, replica: Replica, term: Term): void {
  const config = replica.config;
  if (config === undefined) return;
  for (const proposal of term.outstanding) {
    if (core.nowMs - proposal.sentMs < core.options.timings.proposeAgainMs) continue;
    proposal.sentMs = core.nowMs;
    sendProposal(core, config, proposal.config);
  }
}
