import { silentLogger, systemClock, systemRandom } from '@pilvi/runtime';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import type { Commit } from './commit.ts';
import { openControlCopy } from './control-copy.ts';
import type { ControlCopy, CopyCondition, CopyOptions } from './control-copy.ts';
import { ControlStoreError } from './errors.ts';
import type { HistoryBounds } from './history.ts';
import type { CompactableStore } from './memory-store.ts';
import { MirrorLink } from './mirror-link.ts';
import type { LinkSource } from './mirror-link.ts';
import type { ControlMirror } from './mirror.ts';
import { RecentCommits } from './recent-commits.ts';
import { StoreCore } from './store-core.ts';
import type { Committer } from './store-core.ts';
import { takeNewestCopy } from './take-newest-copy.ts';

/** Copies on storage nodes that a commit needs besides the own one, when there are as many mirrors (E1). */
const MIRROR_COPIES = 2;
const COMMIT_TIMEOUT_MS = 5_000;
const DESCRIBE_BOUND_MS = 3_000;
/** How long a start waits until what it took is on the mirrors again. */
const SETTLE_BOUND_MS = 3_000;

export interface EmbeddedStoreOptions extends CopyOptions {
  /** Every storage node that may hold a copy. */
  readonly candidates?: readonly ControlMirror[];
  /** How many nodes there should be: fewer candidates are not proof that nothing newer exists. By default as many as candidates. */
  readonly expectedCandidates?: number;
  /** Id of the cluster, when it is known: another one's data is refused. A new cluster without it gets a random one. */
  readonly clusterId?: string;
  /** This may be the first start although some candidates do not answer. */
  readonly mayBeNew?: boolean;
  /** The store can never serve again: the disk failed (D5), or another gateway took over. The process is to end. */
  readonly onFatal?: (error: Error) => void;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Logger;
  readonly history?: HistoryBounds;
  readonly commitTimeoutMs?: number;
  readonly describeBoundMs?: number;
}

export interface EmbeddedControlStore extends CompactableStore {
  readonly clusterId: string;
  /** What opening found of the own copy. */
  readonly condition: CopyCondition;
  /** Newest revision that counts. */
  readonly revision: number;
  /** The storage nodes whose copies count and are kept up to date: call it whenever members change. */
  setMirrors(mirrors: readonly ControlMirror[]): void;
  /** How far each mirror is, for status pages. */
  mirrorStates(): readonly { readonly id: string; readonly ackedRevision: number }[];
}

/**
 * Opens the control store of the one gateway (REPLICATION E1, E2) with the newest copy there is. Throws ControlStoreError
 * `unavailable`, with a text for the operator, when a newer one may exist.
 */
export async function openEmbeddedControlStore(options: EmbeddedStoreOptions): Promise<EmbeddedControlStore> {
  const own = await openControlCopy(options);
  try {
    const {
      candidates = [],
      clock = systemClock,
      random = systemRandom,
      log = silentLogger,
      describeBoundMs = DESCRIBE_BOUND_MS,
    } = options;
    const start = {
      candidates,
      clock,
      random,
      log,
      describeBoundMs,
      clusterId: options.clusterId,
      expectedCandidates: Math.max(options.expectedCandidates ?? 0, candidates.length),
      mayBeNew: options.mayBeNew ?? false,
    };
    const { condition } = own;
    const holders = await takeNewestCopy(own, start);
    const store = new EmbeddedStore(own, condition, { clock, random, log, options });
    store.setMirrors(holders);
    await store.settled(SETTLE_BOUND_MS);
    return store;
  } catch (error) {
    await own[Symbol.asyncDispose]();
    throw error;
  }
}

class EmbeddedStore implements EmbeddedControlStore, Committer, LinkSource {
  readonly clusterId: string;
  readonly term: number;
  readonly condition: CopyCondition;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly get: StoreCore['get'];
  readonly range: StoreCore['range'];
  readonly txn: StoreCore['txn'];
  readonly watch: StoreCore['watch'];
  readonly grantLease: StoreCore['grantLease'];
  readonly keepAlive: StoreCore['keepAlive'];
  readonly revokeLease: StoreCore['revokeLease'];
  readonly compact: StoreCore['compact'];
  readonly #own: ControlCopy;
  readonly #core: StoreCore;
  readonly #recent = new RecentCommits();
  readonly #commitTimeoutMs: number;
  readonly #onFatal: (error: Error) => void;
  #links: MirrorLink[] = [];
  readonly #closing = new Set<Promise<void>>();
  #unwritten: Commit[] = [];
  #writing: Promise<void> | undefined;
  #durableRevision: number;
  #countedRevision: number;
  /** Since when the oldest waiting commit waits. */
  #waitingSinceMs: number | undefined;
  #settled = Promise.withResolvers<undefined>();

  constructor(
    own: ControlCopy,
    condition: CopyCondition,
    init: { clock: Clock; random: Random; log: Logger; options: EmbeddedStoreOptions },
  ) {
    const { clock, random, log, options } = init;
    this.clusterId = own.clusterId;
    this.term = own.contentTerm;
    this.condition = condition;
    this.clock = clock;
    this.random = random;
    this.log = log;
    this.#own = own;
    this.#onFatal = options.onFatal ?? (() => undefined);
    this.#commitTimeoutMs = options.commitTimeoutMs ?? COMMIT_TIMEOUT_MS;
    this.#durableRevision = this.#countedRevision = own.revision;
    const core = new StoreCore({
      state: own.state.copy(),
      committer: this,
      clock,
      commitTimeoutMs: this.#commitTimeoutMs,
      history: options.history,
      onClose: () => this.#close(),
    });
    this.#core = core;
    this.get = core.get.bind(core);
    this.range = core.range.bind(core);
    this.txn = core.txn.bind(core);
    this.watch = core.watch.bind(core);
    this.grantLease = core.grantLease.bind(core);
    this.keepAlive = core.keepAlive.bind(core);
    this.revokeLease = core.revokeLease.bind(core);
    this.compact = core.compact.bind(core);
  }

  get revision(): number {
    return this.#countedRevision;
  }

  setMirrors(mirrors: readonly ControlMirror[]): void {
    const kept = this.#links.filter((link) => mirrors.includes(link.mirror));
    for (const link of this.#links) if (!kept.includes(link)) this.#drop(link);
    const added = mirrors.filter((mirror) => !kept.some((link) => link.mirror === mirror));
    this.#links = kept;
    for (const mirror of added) this.#links.push(new MirrorLink(mirror, this));
    this.advanced();
  }

  mirrorStates(): { id: string; ackedRevision: number }[] {
    return this.#links.map(({ mirror, ackedRevision }) => ({ id: mirror.id, ackedRevision }));
  }

  /** Resolves when all there is counts, at the latest after `boundMs`: reads are right without it, but may rest on one copy. */
  async settled(boundMs: number): Promise<void> {
    const giveUp = new AbortController();
    await Promise.race([this.#settled.promise, this.clock.sleep(boundMs, giveUp.signal).catch(() => undefined)]);
    giveUp.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core[Symbol.asyncDispose]();
  }

  // What the core asks of its committer.

  submit(commit: Commit): void {
    this.#recent.add(commit);
    this.#unwritten.push(commit);
    this.#waitingSinceMs ??= this.clock.monotonicMs();
    this.#writing ??= this.#write();
  }

  refusal(): string | undefined {
    const waitedMs = this.#waitingSinceMs === undefined ? 0 : this.clock.monotonicMs() - this.#waitingSinceMs;
    if (waitedMs < this.#commitTimeoutMs) return undefined;
    return `too few storage nodes keep copies of the control data: ${String(this.#links.filter((l) => l.ackedRevision >= this.#core.latest.revision).length)} of ${String(this.#links.length)} are up to date`;
  }

  // What the links ask of their store.

  latestRevision(): number {
    return this.#core.latest.revision;
  }

  commitsFrom(revision: number): readonly Commit[] | undefined {
    return this.#recent.from(revision);
  }

  snapshot(): ReturnType<LinkSource['snapshot']> {
    const { latest } = this.#core;
    return { clusterId: this.clusterId, writerTerm: this.term, revision: latest.revision, entries: [...latest.entries()] };
  }

  /** E1: a commit counts when it is durable here and on two mirrors, or on as many as there are. */
  advanced(): void {
    const acked = this.#links.map((link) => link.ackedRevision).sort((a, b) => b - a);
    const needed = Math.min(MIRROR_COPIES, acked.length);
    const onMirrors = needed === 0 ? this.#durableRevision : acked[needed - 1]!;
    const counted = Math.min(this.#durableRevision, onMirrors);
    if (counted >= this.#core.latest.revision) this.#settled.resolve(undefined);
    if (counted <= this.#countedRevision) return;
    this.#countedRevision = counted;
    this.#waitingSinceMs = counted < this.#core.latest.revision ? this.clock.monotonicMs() : undefined;
    this.#core.counted(counted);
  }

  overtaken(error: ControlStoreError): void {
    this.#fail(error);
  }

  /** One write at a time; what was submitted in one turn goes together, to the own log and to the mirrors in parallel. */
  async #write(): Promise<void> {
    try {
      await Promise.resolve();
      while (this.#unwritten.length > 0) {
        const commits = this.#unwritten;
        this.#unwritten = [];
        for (const link of this.#links) link.wake();
        await this.#own.append(this.term, commits);
        this.#durableRevision = commits.at(-1)!.revision;
        this.advanced();
      }
    } catch (cause) {
      this.#fail(new ControlStoreError('closed', 'the own log of the control store cannot be written', { cause }));
    } finally {
      this.#writing = undefined;
    }
  }

  #fail(error: ControlStoreError): void {
    if (this.#core.ended) return;
    this.#core.fail(error);
    for (const link of this.#links) this.#drop(link);
    this.#onFatal(error);
  }

  #drop(link: MirrorLink): void {
    const closed = link.close().finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  async #close(): Promise<void> {
    await this.#writing;
    for (const link of this.#links.splice(0)) this.#drop(link);
    await Promise.all(this.#closing);
    await this.#own[Symbol.asyncDispose]();
  }
}
