import { backoffMs } from '@pilvi/runtime';
import type { BackoffPolicy, Clock, Logger, Random } from '@pilvi/runtime';
import type { Commit } from './commit.ts';
import { ControlStoreError } from './errors.ts';
import type { ControlMirror, MirrorAnswer } from './mirror.ts';
import { streamSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { within } from './within.ts';

const APPEND_BOUND_MS = 2_000;
const INSTALL_BOUND_MS = 15_000;
/** A mirror that has everything is asked this often whether it still has: it may have lost its disk, or met another gateway. */
const IDLE_MS = 1_000;
const RETRY: BackoffPolicy = { firstMs: 50, capMs: 1_000, factor: 2 };

/** What a link takes from the store that it serves. */
export interface LinkSource {
  readonly clusterId: string;
  readonly term: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Newest revision there is. */
  latestRevision(): number;
  /** Commits from this revision on, a bounded number of them; undefined when they are no longer at hand. */
  commitsFrom(revision: number): readonly Commit[] | undefined;
  snapshot(): Snapshot;
  /** The mirror holds more than it did. */
  advanced(): void;
  /** Someone else is the writer, or the node has seen more than this store has. */
  overtaken(error: ControlStoreError): void;
}

/**
 * Keeps one mirror up to date: commits in order, one call in flight, what gathers meanwhile in the next. A mirror that
 * fails is tried again for ever, in the background.
 */
export class MirrorLink {
  readonly mirror: ControlMirror;
  /** Highest revision that is durable there and written by this store; -1 before the first answer. */
  ackedRevision = -1;
  /** The copy that it is durable in; undefined before the first answer. */
  copyId: string | undefined;
  readonly #source: LinkSource;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #wake = Promise.withResolvers<undefined>();

  constructor(mirror: ControlMirror, source: LinkSource) {
    this.mirror = mirror;
    this.#source = source;
    this.#running = this.#run();
  }

  /** There are new commits. */
  wake(): void {
    this.#wake.resolve(undefined);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random, log } = this.#source;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#begin();
        failures = 0;
        await this.#follow();
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        if (failures === 1) log.warn({ mirror: this.mirror.id, err: error }, 'control mirror does not answer');
        await clock.sleep(backoffMs(RETRY, failures, random), signal).catch(() => undefined);
      }
    }
  }

  /** Finds out what the mirror holds; what another term wrote is replaced. */
  async #begin(): Promise<void> {
    const { clusterId, term } = this.#source;
    const held = await this.#call(APPEND_BOUND_MS, (signal) => this.mirror.describe(signal));
    if (held.clusterId !== '' && held.clusterId !== clusterId) {
      throw new ControlStoreError('unavailable', `${this.mirror.id} holds the control data of another cluster, ${held.clusterId}`);
    }
    if (held.writerTerm > term) this.#overtaken(held.writerTerm);
    if (held.highestSeenRevision > this.#source.latestRevision()) {
      // E2: this store began from a copy that had lost something.
      const error = new ControlStoreError(
        'closed',
        `${this.mirror.id} has seen revision ${String(held.highestSeenRevision)}, this control store has ${String(this.#source.latestRevision())}`,
      );
      this.#source.overtaken(error);
      throw error;
    }
    if (held.contentTerm === term && held.clusterId === clusterId) this.#advance(held);
    else await this.#install();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (this.ackedRevision >= this.#source.latestRevision()) {
        if (await this.#idle()) continue;
        await this.#begin();
        continue;
      }
      const commits = this.#source.commitsFrom(this.ackedRevision + 1);
      if (commits === undefined) {
        await this.#install();
        continue;
      }
      const { clusterId, term: writerTerm } = this.#source;
      const answer = await this.#call(APPEND_BOUND_MS, (s) => this.mirror.append({ clusterId, writerTerm, commits }, s));
      if (answer.accepted) this.#advance(answer);
      else await this.#refused(answer);
    }
  }

  /** True when there are new commits, false when the mirror is to be asked again. */
  async #idle(): Promise<boolean> {
    let woken = true;
    const timer = this.#source.clock.after(IDLE_MS, () => {
      woken = false;
      this.wake();
    });
    await this.#wake.promise;
    timer.cancel();
    this.#wake = Promise.withResolvers();
    return woken;
  }

  async #install(): Promise<void> {
    const snapshot = this.#source.snapshot();
    const answer = await this.#call(INSTALL_BOUND_MS, (signal) => this.mirror.install(streamSnapshot(snapshot), signal));
    if (answer.writerTerm > this.#source.term) this.#overtaken(answer.writerTerm);
    if (!answer.accepted) throw new ControlStoreError('unavailable', `${this.mirror.id} refused a snapshot`);
    this.#advance(answer);
  }

  /** The mirror lost what it had, or it never had this term's snapshot. */
  async #refused(answer: MirrorAnswer): Promise<void> {
    if (answer.writerTerm > this.#source.term) this.#overtaken(answer.writerTerm);
    await this.#install();
  }

  #overtaken(writerTerm: number): never {
    const error = new ControlStoreError('closed', `another gateway, of term ${String(writerTerm)}, took over the control store`);
    this.#source.overtaken(error);
    throw error;
  }

  #advance({ copyId, revision }: { copyId: string; revision: number }): void {
    this.copyId = copyId;
    this.ackedRevision = revision;
    this.#source.advanced();
  }

  #call<T>(boundMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return within({ clock: this.#source.clock, boundMs, outer: this.#stop.signal }, run);
  }
}
