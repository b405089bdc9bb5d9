import type { Clock, Logger, Random } from '@pilvi/runtime';
import { compareCopies, isNewer } from './compare-copies.ts';
import { beginRestored } from './begin-restored.ts';
import type { RestoredData } from './begin-restored.ts';
import type { ControlCopy } from './control-copy.ts';
import { ControlStoreError } from './errors.ts';
import { Keyspace } from './keyspace.ts';
import { mirrorsOf, recoveryQuorum } from './mirror-quorum.ts';
import type { ControlMirror, MirrorDescription } from './mirror.ts';
import { collectSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { within } from './within.ts';

const READ_BOUND_MS = 30_000;
const FENCE_ATTEMPTS = 3;
/** Terms of two gateways that start at once differ in these low bits. */
const TERM_STEP = 2 ** 20;

export interface StartOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly candidates: readonly ControlMirror[];
  /** How many nodes may hold a copy, those included that are not known yet; at least the candidates. */
  readonly expectedCandidates: number;
  /** The cluster to make when there is none, or the only one to go on with. */
  readonly clusterId: string | undefined;
  /** Whether this may be the first start of a cluster although not every candidate answers. */
  readonly mayBeNew: boolean;
  readonly describeBoundMs: number;
  /** The data to begin with, of the cluster `clusterId`, when it is restored from a backup. */
  readonly restored: RestoredData | undefined;
}

interface Holder {
  readonly mirror: ControlMirror;
  readonly held: MirrorDescription;
}

/**
 * Makes the own copy the newest there is, written under a new term (E2): asks every candidate, shuts older gateways out,
 * asks again, and takes the newest. Returns the candidates that hold this cluster's data. Throws ControlStoreError
 * `unavailable` when a newer copy may exist than any at hand.
 */
export async function takeNewestCopy(own: ControlCopy, options: StartOptions): Promise<ControlMirror[]> {
  const before = await describeAll(options.candidates, options);
  const clusterId = findCluster(own, before, options);
  const ours = before.filter(({ held }) => held.clusterId === '' || held.clusterId === clusterId);
  const { term, answered } = await shutOut(own, clusterId, ours, options);
  const holders = answered.filter(({ held }) => held.clusterId === clusterId);
  if (options.restored !== undefined) {
    await beginRestored(own, { ...options.restored, clusterId, term, heard: [...before, ...answered] });
    return [];
  }
  assertNothingNewerSeen(own, answered);
  assertNotLost(own, holders.length, clusterId, options);
  const ranked = holders.filter(({ held }) => isNewer(held, own) || own.clusterId === '').sort((a, b) => compareCopies(b.held, a.held));
  const [newest] = ranked;
  // The own copy, or an empty one: from now on of this term, so that what only others hold of older terms is void.
  const snapshot = newest === undefined ? own.snapshot() : await readCopy(newest, clusterId, options);
  assertEnoughHeard(own, { answered, holders, newest: snapshot }, options);
  if (newest !== undefined) {
    options.log.warn(
      { mirror: newest.mirror.id, revision: snapshot.revision, ownRevision: own.revision },
      'control data taken from a storage node',
    );
  }
  await own.replace({ ...snapshot, clusterId, writerTerm: term });
  return holders.map(({ mirror }) => mirror);
}

async function describeAll(mirrors: readonly ControlMirror[], options: StartOptions): Promise<Holder[]> {
  const bound = { clock: options.clock, boundMs: options.describeBoundMs, outer: new AbortController().signal };
  const asked = mirrors.map(async (mirror): Promise<Holder | undefined> => {
    try {
      return { mirror, held: await within(bound, (signal) => mirror.describe(signal)) };
    } catch (error) {
      options.log.warn({ mirror: mirror.id, err: error }, 'control mirror does not answer at start');
      return undefined;
    }
  });
  return (await Promise.all(asked)).filter((holder) => holder !== undefined);
}

/** The cluster this store is of. A new one is made only when there can be no data of an older one. */
function findCluster(own: ControlCopy, answered: readonly Holder[], options: StartOptions): string {
  const held = new Set([own.clusterId, ...answered.map((h) => h.held.clusterId)].filter((id) => id !== ''));
  const known = own.clusterId === '' ? options.clusterId : own.clusterId;
  if (own.clusterId !== '' && options.clusterId !== undefined && own.clusterId !== options.clusterId) {
    throw new ControlStoreError('unavailable', `the control data is of cluster ${own.clusterId}, not of ${options.clusterId}`);
  }
  if (known !== undefined && (held.has(known) || held.size === 0)) return assertMayBegin(known, held, answered, options);
  const [only] = held;
  if (held.size > 1 || (known !== undefined && only !== undefined)) {
    throw new ControlStoreError('unavailable', `storage nodes hold the control data of other clusters: ${[...held].join(', ')}`);
  }
  return only ?? assertMayBegin(options.random.hex(16), held, answered, options);
}

function assertMayBegin(clusterId: string, held: ReadonlySet<string>, answered: readonly Holder[], options: StartOptions): string {
  if (held.size > 0 || options.mayBeNew || answered.length >= options.expectedCandidates) return clusterId;
  const silent = options.expectedCandidates - answered.length;
  throw new ControlStoreError(
    'unavailable',
    `the gateway has no control data, and ${String(silent)} storage nodes that may have it do not answer`,
  );
}

/** Raises the term above every one heard of and makes it known, so that no older gateway can go on; then asks again. */
async function shutOut(
  own: ControlCopy,
  clusterId: string,
  found: readonly Holder[],
  options: StartOptions,
): Promise<{ term: number; answered: Holder[] }> {
  let mirrors = found.map(({ mirror }) => mirror);
  let highest = Math.max(own.writerTerm, ...found.map(({ held }) => held.writerTerm));
  for (let attempt = 0; attempt < FENCE_ATTEMPTS; attempt++) {
    const term = (Math.floor(highest / TERM_STEP) + 1) * TERM_STEP + Math.floor(options.random.fraction() * TERM_STEP);
    const bound = { clock: options.clock, boundMs: options.describeBoundMs, outer: new AbortController().signal };
    const answers = await Promise.all(
      mirrors.map(async (mirror) => {
        const request = { clusterId, writerTerm: term, commits: [] };
        const answer = await within(bound, (signal) => mirror.append(request, signal)).catch(() => undefined);
        return { mirror, answer };
      }),
    );
    mirrors = answers.filter(({ answer }) => answer !== undefined).map(({ mirror }) => mirror);
    highest = Math.max(term, ...answers.map(({ answer }) => answer?.writerTerm ?? 0));
    if (highest === term) return { term, answered: await describeAll(mirrors, options) };
  }
  throw new ControlStoreError('unavailable', 'another gateway is starting on the same storage nodes: more than one gateway needs etcd');
}

function assertNothingNewerSeen(own: ControlCopy, answered: readonly Holder[]): void {
  const atHand = Math.max(own.revision, ...answered.map(({ held }) => held.revision));
  for (const { mirror, held } of answered) {
    if (held.highestSeenRevision <= atHand) continue;
    throw new ControlStoreError(
      'unavailable',
      `${mirror.id} has seen revision ${String(held.highestSeenRevision)} of the control data; the newest copy at hand has ${String(atHand)}`,
    );
  }
}

/**
 * A sound own copy holds all that ever counted. Without it, the newest copy heard of names those whose copies count, and so
 * many of them must have been heard that a newer one could not have been missed (E1); a copy that names nobody is believed
 * when all nodes but one answer, or when all do.
 */
function assertEnoughHeard(
  own: ControlCopy,
  heard: { answered: readonly Holder[]; holders: readonly Holder[]; newest: Snapshot },
  options: StartOptions,
): void {
  if (own.condition.kind === 'sound') return;
  const { answered, holders, newest } = heard;
  const { required, before } = mirrorsOf(Keyspace.from(newest.revision, newest.entries));
  const ids = new Set(holders.map(({ held }) => held.copyId));
  for (const set of required.length === 0 ? before : [required, ...before]) {
    const count = set.filter((id) => ids.has(id)).length;
    if (count < recoveryQuorum(set)) throw tooFewHeard(own, count, recoveryQuorum(set));
  }
  if (required.length > 0 || answered.length >= options.expectedCandidates) return;
  if (own.condition.kind === 'new' && holders.length === 0 && options.mayBeNew) return;
  const needed = options.expectedCandidates - Math.min(2, options.expectedCandidates) + 1;
  if (holders.length < needed) throw tooFewHeard(own, holders.length, needed);
}

function tooFewHeard(own: ControlCopy, count: number, needed: number): ControlStoreError {
  return new ControlStoreError(
    'unavailable',
    `the gateway's own control data is ${own.condition.kind}, and ${String(count)} storage nodes with a copy answer where ${String(needed)} are needed`,
  );
}

/**
 * A cluster that exists is never begun again from nothing: its partitions would be placed anew, empty, over the data that the nodes still hold. A node
 * that belongs to it, or a copy that was set aside as damaged, proves that it exists.
 */
function assertNotLost(own: ControlCopy, holders: number, clusterId: string, options: StartOptions): void {
  if (own.clusterId !== '' || holders > 0) return;
  if (options.clusterId === undefined && own.condition.kind !== 'damaged') return;
  throw new ControlStoreError(
    'unavailable',
    `the control data of cluster ${options.clusterId === undefined ? '' : `${clusterId} `}is lost: the gateway's copy is ${
      own.condition.kind === 'damaged' ? 'damaged' : 'gone'
    } and no storage node holds one. Nothing was deleted: put one of the copies back (gateway-1/control or storage-N/control of the data directory, ` +
      `set aside as control.damaged, or from a backup) and start again`,
  );
}

async function readCopy(newest: Holder, clusterId: string, options: StartOptions): ReturnType<typeof collectSnapshot> {
  const bound = { clock: options.clock, boundMs: READ_BOUND_MS, outer: new AbortController().signal };
  const snapshot = await within(bound, (signal) => collectSnapshot(newest.mirror.read(clusterId, signal))).catch((cause: unknown) => {
    throw new ControlStoreError('unavailable', `the newest control data, on ${newest.mirror.id}, cannot be read`, { cause });
  });
  if (snapshot.revision >= newest.held.revision && snapshot.clusterId === clusterId) return snapshot;
  throw new ControlStoreError('unavailable', `${newest.mirror.id} gave older control data than it described`);
}
