import assert from 'node:assert/strict';
import type { Commit } from './commit.ts';
import type { KeyValue, WatchEvent } from './control-store.ts';
import { lowerBound } from './lower-bound.ts';

/** The keys of the store at one revision, in memory. The state is small and precious: every engine holds all of it. */
export class Keyspace {
  #revision = 0;
  #sorted: string[] = [];
  readonly #entries = new Map<string, KeyValue>();
  readonly #byLease = new Map<number, Set<string>>();

  /** A keyspace that holds these entries. */
  static from(revision: number, entries: Iterable<KeyValue>): Keyspace {
    const keyspace = new Keyspace();
    keyspace.#revision = revision;
    for (const entry of entries) keyspace.#put(entry);
    return keyspace;
  }

  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): KeyValue | undefined {
    return this.#entries.get(key);
  }

  /** Keys that a lease holds. */
  leased(lease: number): string[] {
    return [...(this.#byLease.get(lease) ?? [])];
  }

  /** Entries in the order of their keys, from the first not below `from`. */
  *entries(from = ''): Generator<KeyValue> {
    for (let i = lowerBound(this.#sorted, from); i < this.#sorted.length; i++) {
      yield this.#entries.get(this.#sorted[i]!)!;
    }
  }

  /** Applies the commit of the next revision; returns what changed, in its order. */
  apply(commit: Commit): WatchEvent[] {
    assert.equal(commit.revision, this.#revision + 1, 'commits follow one another');
    this.#revision = commit.revision;
    return commit.changes.map((change): WatchEvent => {
      const before = this.#entries.get(change.key);
      if (change.kind === 'delete') {
        if (before !== undefined) this.#remove(before);
        return { kind: 'delete', key: change.key, modRevision: commit.revision };
      }
      const entry: KeyValue = {
        key: change.key,
        value: change.value,
        createRevision: before?.createRevision ?? commit.revision,
        modRevision: commit.revision,
        version: (before?.version ?? 0) + 1,
        lease: change.lease,
      };
      if (before !== undefined) this.#unlease(before);
      this.#put(entry);
      return { kind: 'put', entry };
    });
  }

  copy(): Keyspace {
    return Keyspace.from(this.#revision, this.entries());
  }

  #put(entry: KeyValue): void {
    if (!this.#entries.has(entry.key)) {
      const at = lowerBound(this.#sorted, entry.key);
      if (at === this.#sorted.length) this.#sorted.push(entry.key);
      else this.#sorted.splice(at, 0, entry.key);
    }
    this.#entries.set(entry.key, entry);
    if (entry.lease === 0) return;
    const held = this.#byLease.get(entry.lease);
    if (held === undefined) this.#byLease.set(entry.lease, new Set([entry.key]));
    else held.add(entry.key);
  }

  #remove(entry: KeyValue): void {
    this.#entries.delete(entry.key);
    this.#sorted.splice(lowerBound(this.#sorted, entry.key), 1);
    this.#unlease(entry);
  }

  #unlease(entry: KeyValue): void {
    const held = this.#byLease.get(entry.lease);
    if (held === undefined) return;
    held.delete(entry.key);
    if (held.size === 0) this.#byLease.delete(entry.lease);
  }
}
