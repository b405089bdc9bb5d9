import type { Clock, Logger } from '@pilvi/runtime';
import { commitBytes } from './commit.ts';
import type { Commit } from './commit.ts';
import type { Copy } from './copy.ts';
import { ControlStoreError } from './errors.ts';
import { feedMirror } from './mirror-feeder.ts';
import type { FeederSource } from './mirror-feeder.ts';
import { MirrorAcks } from './mirror-acks.ts';
import type { ControlMirror, MirrorSet } from './mirror.ts';
import type { OwnCopy } from './own-copy.ts';
import { decodeMirrors, encodeMirrors, MIRRORS_KEY } from './reserved-keys.ts';
import type { Committer, StoreCore } from './store-core.ts';

/** Commits kept for mirrors that lag; one that lags more gets a snapshot. */
const RECENT_COMMITS = 20_000;
const RECENT_BYTES = 32 * 1024 * 1024;
/** Too few mirrors for this long, and writes are turned away rather than kept waiting. */
const SHORT_MS = 1_000;

export interface EngineInit {
  readonly own: OwnCopy;
  /** What `own` has begun with. */
  readonly copy: Copy;
  readonly mirrors: MirrorSet;
  readonly clock: Clock;
  readonly log: Logger;
  readonly checkpointAboveBytes: number;
  /** Called once; the store has ended. */
  readonly onFatal: (error: ControlStoreError) => void;
}

/** Makes commits durable here and on the mirrors, and says when they count (REPLICATION E1). */
export class EmbeddedEngine implements Committer {
  readonly #init: EngineInit;
  readonly #acks: MirrorAcks;
  readonly #settled = Promise.withResolvers<undefined>();
  readonly #feeders = new Map<string, { readonly mirror: ControlMirror; readonly stop: AbortController; readonly done: Promise<void> }>();
  readonly #unsubscribe: () => void;
  #core!: StoreCore;
  /** The last commits, without a gap, up to the newest. */
  #recent: Commit[] = [];
  #recentBytes = 0;
  #grown = Promise.withResolvers<undefined>();
  #ownDurable: number;
  #counted: number;
  #isSettled = false;
  #syncing: Promise<void> | undefined;
  #checkpointing: Promise<void> | undefined;
  #checkpointAboveBytes: number;
  #shortSinceMs: number | undefined;
  #namingRevision = 0;
  #ended = false;

  constructor(init: EngineInit) {
    this.#init = init;
    this.#acks = new MirrorAcks(decodeMirrors(init.copy.state.get(MIRRORS_KEY)?.value));
    this.#ownDurable = init.copy.state.revision;
    this.#counted = init.copy.state.revision;
    this.#checkpointAboveBytes = Math.max(init.checkpointAboveBytes, 4 * init.own.logBytes);
    this.#unsubscribe = init.mirrors.subscribe(() => {
      this.#attend();
    });
  }

  /** Begins feeding mirrors; resolves when the state that was begun with is where every commit has to be. */
  start(core: StoreCore): Promise<undefined> {
    this.#core = core;
    this.#attend();
    this.#recount();
    return this.#settled.promise;
  }

  submit(commit: Commit): void {
    const { own, copy } = this.#init;
    own.append(copy, commit);
    this.#recent.push(commit);
    this.#recentBytes += commitBytes(commit);
    while (this.#recent.length > RECENT_COMMITS * 2 || this.#recentBytes > RECENT_BYTES * 2) this.#forgetOldest();
    for (const change of commit.changes) {
      if (change.key === MIRRORS_KEY && change.kind === 'put') this.#acks.rename(commit.revision, decodeMirrors(change.value));
    }
    const grown = this.#grown;
    this.#grown = Promise.withResolvers();
    grown.resolve(undefined);
    this.#syncing ??= this.#syncOwn();
  }

  refusal(): string | undefined {
    const { live, required } = this.#acks.reach;
    if (this.#shortSinceMs === undefined || this.#init.clock.monotonicMs() - this.#shortSinceMs < SHORT_MS) return undefined;
    return `${String(live)} of the ${String(required)} nodes that must hold a commit can be reached`;
  }

  /** Names of the mirrors that count, and up to which revision each that is being fed has acknowledged. */
  mirrors(): { name: string; isFed: boolean; revision: number }[] {
    return this.#acks.names.map((name) => ({ name, isFed: this.#acks.ackedBy(name) !== undefined, revision: this.#acks.ackedBy(name) ?? 0 }));
  }

  async forget(name: string): Promise<void> {
    const names = this.#acks.names.filter((n) => n !== name);
    if (names.length < this.#acks.names.length) await this.#name(names);
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#unsubscribe();
    await Promise.all([...this.#feeders.keys()].map((name) => this.#stopFeeding(name)));
    await this.#syncing;
    await this.#checkpointing;
    await this.#init.own.close();
  }

  /** One feeder for every mirror there is, a new one when its address changed. */
  #attend(): void {
    if (this.#ended) return;
    const wanted = this.#init.mirrors.current();
    for (const [name, { mirror }] of this.#feeders) if (wanted.get(name) !== mirror) void this.#stopFeeding(name);
    for (const [name, mirror] of wanted) {
      if (this.#feeders.has(name)) continue;
      const stop = new AbortController();
      const { clock, log } = this.#init;
      const done = feedMirror({ name, mirror, source: this.#sourceFor(name), clock, log }, stop.signal);
      this.#feeders.set(name, { mirror, stop, done });
    }
  }

  async #stopFeeding(name: string): Promise<void> {
    const feeder = this.#feeders.get(name);
    this.#feeders.delete(name);
    feeder?.stop.abort(new DOMException('not fed any more', 'AbortError'));
    await feeder?.done;
  }

  #sourceFor(name: string): FeederSource {
    const { copy } = this.#init;
    return {
      term: copy.contentTerm,
      copy: () => ({ ...copy, state: this.#core.latest }),
      commitsAfter: (revision, limit) => this.#commitsAfter(revision, limit),
      grown: (revision, signal) => this.#whenGrown(revision, signal),
      acked: (revision) => {
        this.#acks.acked(name, revision);
        this.#recount();
        this.#nameNewcomers();
      },
      lost: () => {
        this.#acks.lost(name);
        this.#noteReach();
      },
      fenced: (error) => {
        this.#fail(error);
      },
    };
  }

  #commitsAfter(revision: number, limit: number): readonly Commit[] | undefined {
    const first = this.#core.latest.revision - this.#recent.length + 1;
    if (revision + 1 < first || revision > this.#core.latest.revision) return undefined;
    return this.#recent.slice(revision + 1 - first, revision + 1 - first + limit);
  }

  async #whenGrown(revision: number, signal: AbortSignal): Promise<void> {
    if (this.#core.latest.revision > revision || signal.aborted) return;
    const aborted = Promise.withResolvers<undefined>();
    signal.addEventListener(
      'abort',
      () => {
        aborted.resolve(undefined);
      },
      { once: true },
    );
    await Promise.race([this.#grown.promise, aborted.promise]);
  }

  /** One fsync at a time; what is submitted meanwhile shares the next. */
  async #syncOwn(): Promise<void> {
    const { own } = this.#init;
    try {
      while (this.#ownDurable < this.#core.latest.revision) {
        const target = this.#core.latest.revision;
        await own.sync();
        this.#ownDurable = target;
        this.#recount();
      }
      if (own.logBytes > this.#checkpointAboveBytes) this.#checkpointing ??= this.#checkpoint();
    } catch (error) {
      this.#fail(new ControlStoreError('write-failed', "the gateway's own copy cannot be written", { cause: error }));
    } finally {
      this.#syncing = undefined;
    }
  }

  async #checkpoint(): Promise<void> {
    const { own, copy } = this.#init;
    try {
      await own.checkpoint({ ...copy, state: this.#core.latest });
      this.#checkpointAboveBytes = Math.max(this.#init.checkpointAboveBytes, 2 * own.logBytes);
    } catch (error) {
      this.#fail(new ControlStoreError('write-failed', "the gateway's checkpoint cannot be written", { cause: error }));
    } finally {
      this.#checkpointing = undefined;
    }
  }

  #recount(): void {
    this.#noteReach();
    if (!this.#isSettled) {
      // What is adopted may never have counted: it does before anybody sees it.
      if (!this.#acks.holds(this.#init.copy.state.revision)) return;
      this.#isSettled = true;
      this.#settled.resolve(undefined);
    }
    while (this.#counted < this.#ownDurable && this.#acks.holds(this.#counted + 1)) this.#counted++;
    this.#acks.forget(this.#counted);
    this.#core.counted(this.#counted);
  }

  #noteReach(): void {
    const { live, required } = this.#acks.reach;
    if (live >= required) this.#shortSinceMs = undefined;
    else this.#shortSinceMs ??= this.#init.clock.monotonicMs();
  }

  /** Mirrors that have caught up are named in the store, and count from then on. */
  #nameNewcomers(): void {
    if (!this.#isSettled || this.#ended || this.#namingRevision > this.#counted) return;
    const newcomers = [...this.#feeders.keys()].filter(
      (name) => !this.#acks.names.includes(name) && (this.#acks.ackedBy(name) ?? -1) >= this.#counted,
    );
    // An outcome that stays unknown is learnt by counting, like any other.
    if (newcomers.length > 0) this.#name([...this.#acks.names, ...newcomers]).catch(() => {});
  }

  #name(names: readonly string[]): Promise<void> {
    this.#namingRevision = this.#core.latest.revision + 1;
    return this.#core.commit({
      revision: this.#namingRevision,
      changes: [{ kind: 'put', key: MIRRORS_KEY, value: encodeMirrors(names), lease: 0 }],
    });
  }

  #fail(error: ControlStoreError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unsubscribe();
    for (const name of [...this.#feeders.keys()]) void this.#stopFeeding(name);
    this.#settled.reject(error);
    this.#core.fail(new ControlStoreError('closed', 'the control store has ended', { cause: error }));
    this.#init.onFatal(error);
  }

  #forgetOldest(): void {
    const count = Math.max(1, this.#recent.length >> 1);
    for (const commit of this.#recent.splice(0, count)) this.#recentBytes -= commitBytes(commit);
  }
}
