import type { ControlCopy, CopyOptions } from './control-copy.ts';
import type { CopyCondition } from './copy-condition.ts';
import type { ControlMirror, MirrorAnswer, MirrorAppend, MirrorDescription, SnapshotPart } from './mirror.ts';
import { openControlCopy } from './open-control-copy.ts';
import { collectSnapshot, streamSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

/** A storage node's copy of the control data, as the node serves it. */
export interface MirrorStorage extends ControlMirror, AsyncDisposable {
  /** What opening found. */
  readonly condition: CopyCondition;
  /** Remembers, durably, a revision this node has seen: no gateway may go on from an older copy (E2). */
  noteSeen(revision: number): Promise<void>;
  /** Reads the copy again. What is wrong with it, or undefined; a damaged one is set aside, and filled by the gateway as after a start. */
  scrub(): Promise<string | undefined>;
}

/**
 * Opens or makes the copy of one node. A damaged or missing one describes itself as empty, and the gateway fills it again.
 * Every call rejects after a write error: the process is to end (D5).
 */
export async function openMirrorStorage(options: CopyOptions & { readonly id?: string }): Promise<MirrorStorage> {
  return new DiskMirror(options.id ?? options.directory, options, await openControlCopy(options));
}

class DiskMirror implements MirrorStorage {
  readonly id: string;
  readonly #options: CopyOptions;
  #copy: ControlCopy;
  /** One change at a time, in the order they came. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The highest revision told to `noteSeen`. */
  #seen = 0;

  constructor(id: string, options: CopyOptions, copy: ControlCopy) {
    this.id = id;
    this.#options = options;
    this.#copy = copy;
  }

  get condition(): CopyCondition {
    return this.#copy.condition;
  }

  describe(): Promise<MirrorDescription> {
    return this.#inTurn(async () => {
      const { id: copyId, clusterId, revision, contentTerm, writerTerm, seenRevision } = this.#copy;
      return { copyId, clusterId, revision, contentTerm, writerTerm, highestSeenRevision: seenRevision };
    });
  }

  append({ clusterId, writerTerm, commits }: MirrorAppend): Promise<MirrorAnswer> {
    return this.#inTurn(async () => {
      if (!this.#admits(clusterId, writerTerm)) return this.#answer(false);
      await this.#copy.hear(writerTerm, 0);
      // Sent again because an answer was lost.
      const missing = commits.filter((c) => c.revision > this.#copy.revision);
      if (commits.length > 0) {
        // What another term wrote here may have been given up: its writer begins with a snapshot.
        if (this.#copy.contentTerm !== writerTerm || this.#copy.clusterId !== clusterId) return this.#answer(false);
        if (missing.some((commit, i) => commit.revision !== this.#copy.revision + 1 + i)) return this.#answer(false);
      }
      if (missing.length > 0) await this.#copy.append(writerTerm, missing);
      return this.#answer(true);
    });
  }

  async install(parts: AsyncIterable<SnapshotPart>): Promise<MirrorAnswer> {
    const snapshot = await collectSnapshot(parts);
    return this.#inTurn(async () => {
      if (!this.#admits(snapshot.clusterId, snapshot.writerTerm) || this.#holdsNewer(snapshot)) return this.#answer(false);
      await this.#copy.replace(snapshot);
      return this.#answer(true);
    });
  }

  async *read(clusterId: string): AsyncGenerator<SnapshotPart> {
    const snapshot = await this.#inTurn(async () => this.#copy.snapshot());
    if (clusterId === '' || snapshot.clusterId === clusterId) yield* streamSnapshot(snapshot);
  }

  async noteSeen(revision: number): Promise<void> {
    this.#seen = Math.max(this.#seen, revision);
    // The newest at its turn: one fsync is enough for all that were told meanwhile, and commits wait for it, too.
    await this.#inTurn(() => this.#copy.hear(0, this.#seen));
  }

  scrub(): Promise<string | undefined> {
    return this.#inTurn(async () => {
      const wrong = await this.#copy.verify();
      if (wrong === undefined) return undefined;
      const { writerTerm, seenRevision } = this.#copy;
      await this.#copy[Symbol.asyncDispose]();
      this.#copy = await openControlCopy(this.#options);
      // E2: what was heard counts, whatever became of the rest.
      await this.#copy.hear(writerTerm, seenRevision);
      return wrong;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(() => this.#copy[Symbol.asyncDispose]());
  }

  #admits(clusterId: string, writerTerm: number): boolean {
    return writerTerm >= this.#copy.writerTerm && (this.#copy.clusterId === '' || this.#copy.clusterId === clusterId);
  }

  /** A snapshot that was long on its way must not undo what its own writer appended since, nor go below what was seen (E2). */
  #holdsNewer(snapshot: Snapshot): boolean {
    const isOutrun = this.#copy.contentTerm === snapshot.writerTerm && this.#copy.revision > snapshot.revision;
    return isOutrun || this.#copy.seenRevision > snapshot.revision;
  }

  #answer(accepted: boolean): MirrorAnswer {
    return { accepted, copyId: this.#copy.id, revision: this.#copy.revision, writerTerm: this.#copy.writerTerm };
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
