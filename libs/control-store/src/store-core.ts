import assert from 'node:assert/strict';
import { compareUtf8 } from '@pilvi/runtime';
import type { Clock } from '@pilvi/runtime';
import { commitBytes } from './commit.ts';
import type { Commit } from './commit.ts';
import type { Change, Compare, ControlStore, KeyValue, RangePage, TxnResult, WatchBatch } from './control-store.ts';
import { countedInTime } from './counted-in-time.ts';
import { ControlStoreError } from './errors.ts';
import { evaluateLeaseEnd, evaluateTxn } from './evaluate-txn.ts';
import { History } from './history.ts';
import type { HistoryBounds } from './history.ts';
import type { Keyspace } from './keyspace.ts';
import { LeaseTimers } from './lease-timers.ts';
import { decodeLease, encodeLease, FIRST_USER_KEY, isReserved, leaseKey, leaseOf } from './reserved-keys.ts';

/** Commits that may wait to be counted; more are turned away. */
const MAX_PENDING = 10_000;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** Makes commits durable. It is given them in the order of their revisions and says through `StoreCore.counted` which count. */
export interface Committer {
  submit(commit: Commit): void;
  /** Why no commit could count at present, if it is so. */
  refusal(): string | undefined;
  /** Why what there is may not be shown yet, if it is so. */
  notYetServing?(): string | undefined;
}

interface Pending {
  readonly commit: Commit;
  readonly done: PromiseWithResolvers<undefined>;
}

/**
 * What all engines of ours share. `latest` has every commit that was given a revision, `committed` those that count:
 * transactions are decided against the first, reads answered from the second, so nothing is seen before it is durable.
 */
export class StoreCore implements ControlStore {
  readonly latest: Keyspace;
  readonly #committed: Keyspace;
  readonly #committer: Committer;
  readonly #clock: Clock;
  readonly #commitTimeoutMs: number;
  readonly #history: History;
  readonly #leases: LeaseTimers;
  readonly #pending: Pending[] = [];
  #pendingBytes = 0;
  #ended: ControlStoreError | undefined;
  #closed = false;
  #onClose: () => Promise<void> = async () => {};

  constructor(init: {
    state: Keyspace;
    committer: Committer;
    clock: Clock;
    /** How long a transaction waits to be counted before its outcome is called unknown. */
    commitTimeoutMs: number;
    history?: HistoryBounds | undefined;
    onClose?: () => Promise<void>;
  }) {
    this.latest = init.state;
    this.#committed = init.state.copy();
    this.#committer = init.committer;
    this.#clock = init.clock;
    this.#commitTimeoutMs = init.commitTimeoutMs;
    this.#history = new History(init.state.revision, init.history);
    this.#leases = new LeaseTimers(init.clock, (lease) => this.revokeLease(lease));
    if (init.onClose !== undefined) this.#onClose = init.onClose;
    for (const entry of init.state.entries()) {
      const lease = leaseOf(entry.key);
      if (lease !== undefined) this.#leases.start(lease, decodeLease(entry.value));
    }
  }

  /** It failed or is closed: nothing is answered any more. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Every commit up to this revision is durable where it has to be: it counts, and is seen from now on. */
  counted(throughRevision: number): void {
    for (let next = this.#pending[0]; next !== undefined && next.commit.revision <= throughRevision; next = this.#pending[0]) {
      this.#pending.shift();
      this.#pendingBytes -= commitBytes(next.commit);
      this.#history.add(next.commit.revision, this.#committed.apply(next.commit));
      for (const change of next.commit.changes) {
        const lease = leaseOf(change.key);
        if (lease === undefined) continue;
        // Also when the one who asked for it has given up: it must end some time.
        if (change.kind === 'put') this.#leases.start(lease, decodeLease(change.value));
        else this.#leases.stop(lease);
      }
      next.done.resolve(undefined);
    }
  }

  /** Ends the store for ever: what is pending may or may not count. */
  fail(error: ControlStoreError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#leases.stopAll();
    this.#history.end(error);
    for (const { done } of this.#pending.splice(0)) {
      done.reject(new ControlStoreError('outcome-unknown', 'the store ended before the commit counted', { cause: error }));
    }
  }

  /** Submits a commit of the store's own; resolves when it counts. */
  commit(commit: Commit, signal?: AbortSignal): Promise<void> {
    this.latest.apply(commit);
    const done = Promise.withResolvers<undefined>();
    // Nobody may be left to hear of it.
    done.promise.catch(() => {});
    this.#pending.push({ commit, done });
    this.#pendingBytes += commitBytes(commit);
    this.#committer.submit(commit);
    return this.#wait(done.promise, signal);
  }

  /** Compaction by hand: watches from below this revision are refused. */
  compact(below: number): void {
    this.#history.compact(below);
  }

  async get(key: string, signal?: AbortSignal): Promise<KeyValue | undefined> {
    this.#assertServing(signal);
    return this.#committed.get(key);
  }

  async range(prefix: string, options: { startAfter?: string; limit?: number; signal?: AbortSignal } = {}): Promise<RangePage> {
    this.#assertServing(options.signal);
    const { startAfter, limit = Number.POSITIVE_INFINITY } = options;
    const entries: KeyValue[] = [];
    let from = compareUtf8(prefix, FIRST_USER_KEY) < 0 ? FIRST_USER_KEY : prefix;
    if (startAfter !== undefined && compareUtf8(startAfter, from) > 0) from = startAfter;
    for (const entry of this.#committed.entries(from)) {
      if (!entry.key.startsWith(prefix)) break;
      if (entry.key === startAfter) continue;
      if (entries.length >= limit) return { revision: this.#committed.revision, entries, more: true };
      entries.push(entry);
    }
    return { revision: this.#committed.revision, entries, more: false };
  }

  async txn(compares: readonly Compare[], changes: readonly Change[], signal?: AbortSignal): Promise<TxnResult> {
    this.#assertServing(signal);
    for (const { key } of changes) assert.ok(!isReserved(key), "this key is the store's own");
    const verdict = evaluateTxn(this.latest, compares, changes);
    switch (verdict.kind) {
      case 'lease-not-found':
        throw new ControlStoreError('lease-not-found', `there is no lease ${String(verdict.lease)}`);
      case 'refused':
      case 'unchanged': {
        const { revision } = this.latest;
        // What it was decided on must count before it is told: else a crash could take it back.
        const last = this.#pending.at(-1);
        if (last !== undefined) await this.#wait(last.done.promise, signal);
        return { succeeded: verdict.kind === 'unchanged', revision };
      }
      case 'commit':
        this.#assertWritable();
        await this.commit(verdict.commit, signal);
        return { succeeded: true, revision: verdict.commit.revision };
    }
  }

  async *watch(prefix: string, fromRevision: number, signal: AbortSignal): AsyncIterable<WatchBatch> {
    this.#assertServing();
    yield* this.#history.watch(prefix, fromRevision, signal);
  }

  async grantLease(ttlMs: number): Promise<number> {
    this.#assertServing();
    this.#assertWritable();
    // The revision that grants it: never used before, and known after a restart.
    const lease = this.latest.revision + 1;
    await this.commit({ revision: lease, changes: [{ kind: 'put', key: leaseKey(lease), value: encodeLease(ttlMs), lease: 0 }] });
    return lease;
  }

  async keepAlive(lease: number): Promise<void> {
    this.#assertServing();
    if (!this.#leases.renew(lease)) throw new ControlStoreError('lease-not-found', `there is no lease ${String(lease)}`);
  }

  async revokeLease(lease: number): Promise<void> {
    this.#assertServing();
    const commit = evaluateLeaseEnd(this.latest, lease);
    if (commit === undefined) throw new ControlStoreError('lease-not-found', `there is no lease ${String(lease)}`);
    this.#assertWritable();
    await this.commit(commit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#onClose();
    this.fail(new ControlStoreError('closed', 'the control store is closed'));
  }

  #assertServing(signal?: AbortSignal): void {
    if (this.#ended !== undefined) throw this.#ended;
    const notYet = this.#committer.notYetServing?.();
    if (notYet !== undefined) throw new ControlStoreError('unavailable', notYet);
    if (signal?.aborted === true)
      throw new ControlStoreError('unavailable', 'the caller gave up before it began', { cause: signal.reason });
  }

  #assertWritable(): void {
    const refusal =
      this.#pending.length >= MAX_PENDING || this.#pendingBytes >= MAX_PENDING_BYTES
        ? 'too many commits are waiting'
        : this.#committer.refusal();
    if (refusal !== undefined) throw new ControlStoreError('unavailable', refusal);
  }

  #wait(done: Promise<undefined>, signal?: AbortSignal): Promise<void> {
    return countedInTime({ clock: this.#clock, boundMs: this.#commitTimeoutMs, signal }, done);
  }
}
