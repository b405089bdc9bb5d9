import type { Clock, Logger, Random } from '@pilvi/runtime';
import type { Commit } from './commit.ts';
import type { ControlCopy } from './control-copy.ts';
import type { EmbeddedControlStore, EmbeddedStoreOptions } from './embedded-store.ts';
import { ControlStoreError } from './errors.ts';
import type { LinkSource } from './mirror-link.ts';
import { MirrorLinks } from './mirror-links.ts';
import type { MirrorState } from './mirror-links.ts';
import { mirrorsOf } from './mirror-quorum.ts';
import type { ControlMirror } from './mirror.ts';
import { RecentCommits } from './recent-commits.ts';
import { RequiredMirrors } from './required-mirrors.ts';
import { encodeMirrors, MIRRORS_KEY } from './reserved-keys.ts';
import type { MirrorsRecord } from './reserved-keys.ts';
import { StoreCore } from './store-core.ts';
import type { Committer } from './store-core.ts';

const COMMIT_TIMEOUT_MS = 5_000;

type EngineInit = Required<Pick<EmbeddedStoreOptions, 'clock' | 'random' | 'log'>> & {
  /** On how many nodes there may be copies. */
  readonly expectedCopies: number;
  readonly options: EmbeddedStoreOptions;
};

/** The engine of the one gateway: its own log, the links to its mirrors, and what counts of both (E1). */
export class EmbeddedStore implements EmbeddedControlStore, Committer, LinkSource {
  readonly clusterId: string;
  readonly term: number;
  readonly condition: EmbeddedControlStore['condition'];
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
  readonly #expectedCopies: number;
  readonly #onFatal: (error: Error) => void;
  readonly #links = new MirrorLinks(this);
  #unwritten: Commit[] = [];
  #writing: Promise<void> | undefined;
  readonly #required: RequiredMirrors;
  #durableRevision: number;
  #countedRevision: number;
  /** Since when the oldest waiting commit waits. */
  #waitingSinceMs: number | undefined;

  constructor(own: ControlCopy, condition: EmbeddedControlStore['condition'], init: EngineInit) {
    const { clock, random, log, options } = init;
    this.clusterId = own.clusterId;
    this.term = own.contentTerm;
    this.condition = condition;
    this.clock = clock;
    this.random = random;
    this.log = log;
    this.#own = own;
    this.#expectedCopies = init.expectedCopies;
    this.#onFatal = options.onFatal ?? (() => undefined);
    this.#commitTimeoutMs = options.commitTimeoutMs ?? COMMIT_TIMEOUT_MS;
    this.#durableRevision = this.#countedRevision = own.revision;
    this.#required = new RequiredMirrors(own.state);
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
    this.#links.set(mirrors);
    this.advanced();
  }

  readonly verify = (): Promise<string | undefined> => this.#own.verify();
  readonly mirrorStates = (): MirrorState[] => this.#links.states();

  get requiredMirrors(): readonly string[] {
    return mirrorsOf(this.#core.latest).required;
  }

  async requireMirrors(ids: readonly string[]): Promise<void> {
    await this.serving();
    const changed = this.#required.change(ids, this.#core.latest.revision + 1);
    if (changed !== undefined) {
      this.log.info({ ...changed }, 'other mirrors count from now on');
      await this.#recordMirrors(changed);
    }
    // It counts: those before it are asked no more, at the next start either.
    const { required, before } = mirrorsOf(this.#core.latest);
    if (before.length > 0 && this.#required.isCertain) await this.#recordMirrors({ required, before: [] });
  }

  serving(signal?: AbortSignal): Promise<void> {
    return this.#required.serving(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core[Symbol.asyncDispose]();
  }

  submit(commit: Commit): void {
    this.#recent.add(commit);
    this.#unwritten.push(commit);
    this.#waitingSinceMs ??= this.clock.monotonicMs();
    this.#writing ??= this.#write();
  }

  refusal(): string | undefined {
    if (this.#waitingSinceMs === undefined || this.clock.monotonicMs() - this.#waitingSinceMs < this.#commitTimeoutMs) return undefined;
    return `too few storage nodes keep copies of the control data: ${this.#links.describe(this.#core.latest.revision)}`;
  }

  notYetServing(): string | undefined {
    return this.#required.notYetServing();
  }

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

  /** E1: a commit counts when it is durable here and on enough of the mirrors that the state names. */
  advanced(): void {
    const counted = this.#required.counted(this.#links.acks(this.#expectedCopies), this.#durableRevision);
    if (counted <= this.#countedRevision) return;
    this.#countedRevision = counted;
    this.#waitingSinceMs = counted < this.#core.latest.revision ? this.clock.monotonicMs() : undefined;
    this.#core.counted(counted);
  }

  overtaken(error: ControlStoreError): void {
    this.#fail(error);
  }

  #recordMirrors(record: MirrorsRecord): Promise<void> {
    const change = { kind: 'put' as const, key: MIRRORS_KEY, value: encodeMirrors(record), lease: 0 };
    return this.#core.commit({ revision: this.#core.latest.revision + 1, changes: [change] });
  }

  /** One write at a time; what was submitted in one turn goes together, to the own log and to the mirrors in parallel. */
  async #write(): Promise<void> {
    try {
      await Promise.resolve();
      while (this.#unwritten.length > 0) {
        const commits = this.#unwritten;
        this.#unwritten = [];
        this.#links.wake();
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
    this.#required.end(error);
    this.#links.set([]);
    this.#onFatal(error);
  }

  async #close(): Promise<void> {
    await this.#writing;
    this.#required.end(new ControlStoreError('closed', 'the control store is closed'));
    await this.#links.close();
    await this.#own[Symbol.asyncDispose]();
  }
}
