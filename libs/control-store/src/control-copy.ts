import { openReplicationLog } from '@pilvi/replication-log';
import type { LogRecord, ReplicationLog } from '@pilvi/replication-log';
import { systemRandom } from '@pilvi/runtime';
import type { Random } from '@pilvi/runtime';
import type { Commit } from './commit.ts';
import { forgetTorn, noteTorn, rememberTorn } from './copy-condition.ts';
import type { CopyCondition } from './copy-condition.ts';
import { decodeCopyRecord, encodeCopyRecord } from './copy-record.ts';
import type { CopyRecord } from './copy-record.ts';
import { Keyspace } from './keyspace.ts';
import type { SnapshotPart } from './mirror.ts';
import { cutSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

const SEGMENT_BYTES = 4 * 1024 * 1024;
/** A snapshot is written when the log grew by this much since the last one, and by twice its size. */
const SNAPSHOT_EVERY_BYTES = 4 * 1024 * 1024;
const ID_BYTES = 8;

export interface CopyOptions {
  readonly directory: string;
  readonly segmentBytes?: number;
  readonly snapshotEveryBytes?: number;
  /** For the id of a copy that is made. */
  readonly random?: Random;
}

export class ControlCopy implements AsyncDisposable {
  /** Random, made with the copy; a new one where a damaged copy was set aside. */
  id = '';
  clusterId = '';
  contentTerm = 0;
  writerTerm = 0;
  seenRevision = 0;
  state = new Keyspace();
  condition: CopyCondition = { kind: 'sound' };
  readonly #log: ReplicationLog;
  readonly #directory: string;
  readonly #snapshotEveryBytes: number;
  #grownBytes = 0;
  #snapshotBytes = 0;
  #hasSnapshot = false;
  #incoming: SnapshotPart[] = [];

  private constructor(log: ReplicationLog, options: CopyOptions) {
    this.#log = log;
    this.#directory = options.directory;
    this.#snapshotEveryBytes = options.snapshotEveryBytes ?? SNAPSHOT_EVERY_BYTES;
  }

  static async open(options: CopyOptions, ifEmpty: CopyCondition): Promise<ControlCopy> {
    const { directory, segmentBytes = SEGMENT_BYTES } = options;
    const log = await openReplicationLog({ directory, segmentBytes, onTornTail: () => noteTorn(directory) });
    const copy = new ControlCopy(log, options);
    await copy.#replay(ifEmpty);
    copy.condition = rememberTorn(directory, copy.condition);
    // A damaged one is set aside, and what it acknowledged with it.
    if (copy.id === '' && (copy.condition.kind !== 'damaged' || copy.condition === ifEmpty))
      await copy.#name((options.random ?? systemRandom).hex(ID_BYTES));
    return copy;
  }

  get revision(): number {
    return this.state.revision;
  }

  /** Resolves once the commits are on disk. They follow what is held. Rejects for ever after a write error (D5). */
  async append(term: number, commits: readonly Commit[]): Promise<void> {
    const records: LogRecord[] = [];
    for (const commit of commits) {
      this.state.apply(commit);
      records.push(encodeCopyRecord({ kind: 'commit', term, commit }));
    }
    this.contentTerm = term;
    this.writerTerm = Math.max(this.writerTerm, term);
    this.#log.append(records);
    this.#grownBytes += sizeOf(records);
    if (this.#grownBytes < Math.max(this.#snapshotEveryBytes, 2 * this.#snapshotBytes)) {
      await this.#log.sync();
      return;
    }
    await this.#writeSnapshot();
  }

  /** Replaces what is held, durably, and forgets the log before it. */
  async replace(snapshot: Snapshot): Promise<void> {
    this.clusterId = snapshot.clusterId;
    this.contentTerm = snapshot.writerTerm;
    this.writerTerm = Math.max(this.writerTerm, snapshot.writerTerm);
    this.state = Keyspace.from(snapshot.revision, snapshot.entries);
    await this.#writeSnapshot();
    await forgetTorn(this.#directory);
  }

  /** Remembers, durably, the highest writer term and revision heard of. */
  async hear(writerTerm: number, seenRevision: number): Promise<void> {
    if (writerTerm <= this.writerTerm && seenRevision <= this.seenRevision) return;
    this.writerTerm = Math.max(this.writerTerm, writerTerm);
    this.seenRevision = Math.max(this.seenRevision, seenRevision);
    this.#log.append([this.#heardRecord()]);
    await this.#log.sync();
  }

  /** Reads its log again: what is wrong with it, or undefined. */
  readonly verify = (): Promise<string | undefined> => this.#log.verify();

  snapshot(): Snapshot {
    return { clusterId: this.clusterId, writerTerm: this.writerTerm, revision: this.revision, entries: [...this.state.entries()] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]();
  }

  /** The log is trimmed only behind a snapshot that is on disk. */
  async #writeSnapshot(): Promise<void> {
    const from = this.#log.nextLsn;
    const records: LogRecord[] = [this.#heardRecord(), encodeCopyRecord({ kind: 'named', id: this.id })];
    let first = true;
    for (const part of cutSnapshot(this.snapshot())) {
      records.push(encodeCopyRecord({ kind: 'snapshot', contentTerm: this.contentTerm, first, part }));
      first = false;
    }
    this.#log.append(records);
    this.#snapshotBytes = sizeOf(records);
    this.#grownBytes = 0;
    await this.#log.sync();
    await this.#log.trim(from);
  }

  /** Durable before anyone is told of it. */
  async #name(id: string): Promise<void> {
    this.id = id;
    this.#log.append([encodeCopyRecord({ kind: 'named', id })]);
    await this.#log.sync();
  }

  #heardRecord(): LogRecord {
    return encodeCopyRecord({ kind: 'heard', writerTerm: this.writerTerm, seenRevision: this.seenRevision });
  }

  async #replay(ifEmpty: CopyCondition): Promise<void> {
    for await (const stored of this.#log.replay()) {
      this.#grownBytes += stored.body.length;
      const problem = this.#take(decodeCopyRecord(stored));
      if (problem !== undefined) {
        this.condition = { kind: 'damaged', detail: problem };
        return;
      }
    }
    const { condition } = this.#log;
    if (condition.kind === 'damaged') this.condition = { kind: 'damaged', detail: condition.detail };
    else if (condition.kind === 'torn-tail') this.condition = condition;
    // A start that ended before its first snapshot was whole put nothing here either.
    else if (!this.#hasSnapshot) this.condition = ifEmpty;
    // Every log begins with a snapshot or with what was heard before the first one.
    if (this.#commitsBeforeSnapshot > 0 && !this.#hasSnapshot) this.condition = { kind: 'damaged', detail: 'the snapshot is missing' };
  }

  #commitsBeforeSnapshot = 0;

  #take(record: CopyRecord): string | undefined {
    switch (record.kind) {
      case 'named':
        this.id = record.id;
        return undefined;
      case 'heard':
        this.writerTerm = Math.max(this.writerTerm, record.writerTerm);
        this.seenRevision = Math.max(this.seenRevision, record.seenRevision);
        return undefined;
      case 'snapshot': {
        if (record.first) this.#incoming = [];
        this.#incoming.push(record.part);
        if (!record.part.done) return undefined;
        const { clusterId, writerTerm, revision } = record.part;
        this.clusterId = clusterId;
        this.contentTerm = record.contentTerm;
        this.writerTerm = Math.max(this.writerTerm, writerTerm);
        this.state = Keyspace.from(
          revision,
          this.#incoming.flatMap((p) => p.entries),
        );
        this.#incoming = [];
        this.#hasSnapshot = true;
        return undefined;
      }
      case 'commit':
        // The log was trimmed: older commits are in the snapshot that follows.
        if (!this.#hasSnapshot) {
          this.#commitsBeforeSnapshot++;
          return undefined;
        }
        if (record.commit.revision !== this.revision + 1)
          return `revision ${String(record.commit.revision)} follows ${String(this.revision)}`;
        this.state.apply(record.commit);
        this.contentTerm = record.term;
        this.writerTerm = Math.max(this.writerTerm, record.term);
        return undefined;
    }
  }
}

function sizeOf(records: readonly LogRecord[]): number {
  return records.reduce((sum, r) => sum + r.body.reduce((bytes, b) => bytes + b.length, 0), 0);
}
