import { encodeBatch, queue, TERMINATOR_BYTES } from './encode-batch.ts';
import type { Queued } from './encode-batch.ts';
import { ReplicationLogError } from './errors.ts';
import { writeFully } from './file-system.ts';
import type { LogCondition, LogRecord, Lsn, ReplicationLog, StoredRecord, WrittenBatch } from './log.ts';
import { bodyBytes, MAX_RECORD_BYTES } from './record-format.ts';
import type { KeptSegment } from './recover.ts';
import type { OpenSegment, SegmentFiles } from './segment-files.ts';
import { SEGMENT_HEADER_BYTES } from './segment-format.ts';

/** Records written together; what does not fit goes with the next write. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

interface Waiter {
  readonly lsn: Lsn;
  readonly resolve: (value: undefined) => void;
  readonly reject: (error: unknown) => void;
}

export interface DiskLogInit {
  readonly files: SegmentFiles;
  readonly condition: LogCondition;
  readonly segments: KeptSegment[];
  /** The last of `segments`; undefined for a damaged log, which takes no append. */
  readonly current: OpenSegment | undefined;
  readonly nextLsn: Lsn;
  readonly replay: () => AsyncIterable<StoredRecord>;
  readonly verify: (segments: readonly KeptSegment[], isKept: (number: number) => boolean) => Promise<string | undefined>;
  readonly onFatal: (error: ReplicationLogError) => void;
  readonly onBatch: (batch: WrittenBatch) => void;
}

/** The log on disk: appends are queued, and written by one writer with one fdatasync for all that had come (D1). */
export class DiskLog implements ReplicationLog {
  readonly condition: LogCondition;
  readonly #files: SegmentFiles;
  readonly #segments: KeptSegment[];
  readonly #replay: () => AsyncIterable<StoredRecord>;
  readonly #verify: DiskLogInit['verify'];
  readonly #onFatal: (error: ReplicationLogError) => void;
  readonly #onBatch: DiskLogInit['onBatch'];
  #current: OpenSegment | undefined;
  #nextLsn: Lsn;
  #durableLsn: Lsn;
  #queue: Queued[] = [];
  #waiting: Waiter[] = [];
  #running: Promise<void> | undefined;
  #ended: ReplicationLogError | undefined;

  constructor(init: DiskLogInit) {
    this.#files = init.files;
    this.condition = init.condition;
    this.#segments = init.segments;
    this.#current = init.current;
    this.#nextLsn = init.nextLsn;
    this.#durableLsn = init.nextLsn - 1;
    this.#replay = init.replay;
    this.#verify = init.verify;
    this.#onFatal = init.onFatal;
    this.#onBatch = init.onBatch;
    if (init.condition.kind === 'damaged') this.#ended = new ReplicationLogError('damaged', `the log is damaged: ${init.condition.detail}`);
  }

  get nextLsn(): Lsn {
    return this.#nextLsn;
  }

  get durableLsn(): Lsn {
    return this.#durableLsn;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, s) => sum + s.endBytes - SEGMENT_HEADER_BYTES, 0);
  }

  replay(): AsyncIterable<StoredRecord> {
    return this.#replay();
  }

  append(records: readonly LogRecord[]): Lsn {
    if (this.#ended !== undefined) throw this.#ended;
    for (const record of records) {
      if (bodyBytes(record) > MAX_RECORD_BYTES) {
        throw new ReplicationLogError('record-too-large', `a record may hold ${String(MAX_RECORD_BYTES)} bytes`);
      }
    }
    for (const record of records) this.#queue.push(queue(record, this.#nextLsn++));
    if (this.#queue.length > 0) this.#running ??= this.#run();
    return this.#nextLsn - 1;
  }

  sync(): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const lsn = this.#nextLsn - 1;
    if (lsn <= this.#durableLsn) return Promise.resolve();
    return new Promise<undefined>((resolve, reject) => {
      this.#waiting.push({ lsn, resolve, reject });
    });
  }

  async trim(before: Lsn): Promise<void> {
    let count = 0;
    // Only behind a segment whose first record is on disk: it tells a start where the log begins.
    for (
      let next = this.#segments[1];
      next !== undefined && next.firstLsn <= Math.min(before, this.#durableLsn);
      next = this.#segments[count + 1]
    )
      count++;
    const first = this.#segments[count];
    if (count === 0 || first === undefined) return;
    this.#segments.splice(0, count);
    await this.#files.trim(first.number, first.firstLsn);
  }

  verify(): Promise<string | undefined> {
    const segments = this.#segments.map((s) => ({ ...s }));
    return this.#verify(segments, (number) => this.#segments.some((s) => s.number === number));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended === undefined) await this.sync().catch(() => {});
    this.#ended ??= new ReplicationLogError('closed', 'the log is closed');
    await this.#running;
    await this.#files.close();
    await this.#current?.file.close();
    this.#current = undefined;
  }

  /** One write and one fdatasync at a time; what arrives meanwhile forms the next batch (group commit). */
  async #run(): Promise<void> {
    // What else this turn appends goes along.
    await Promise.resolve();
    try {
      while (this.#queue.length > 0) await this.#writeBatch();
    } catch (cause) {
      this.#fail(cause);
    } finally {
      this.#running = undefined;
    }
  }

  async #writeBatch(): Promise<void> {
    const first = this.#queue[0]!;
    let current = this.#current!;
    let segment = this.#segments.at(-1)!;
    if (segment.endBytes + first.bytes + TERMINATOR_BYTES > current.sizeBytes) {
      // A batch never spans segments: all of the old one is durable before anything is written to the new one.
      const next = await this.#files.next(current.number, first.bytes + TERMINATOR_BYTES);
      await current.file.close();
      this.#current = current = next;
      segment = { number: next.number, firstLsn: first.lsn, sizeBytes: next.sizeBytes, endBytes: SEGMENT_HEADER_BYTES };
      this.#segments.push(segment);
      this.#files.prepare(next.number);
    }
    const { batch, bytes } = this.#takeBatch(current.sizeBytes - segment.endBytes - TERMINATOR_BYTES);
    const startedMs = performance.now();
    await writeFully(current.file, encodeBatch(batch, current.seed, first.lsn - 1), segment.endBytes);
    const writtenMs = performance.now();
    await current.file.datasync();
    this.#onBatch({ bytes, records: batch.length, writeMs: writtenMs - startedMs, syncMs: performance.now() - writtenMs });
    segment.endBytes += bytes;
    this.#durableLsn = batch.at(-1)!.lsn;
    this.#wake();
  }

  #takeBatch(roomBytes: number): { batch: Queued[]; bytes: number } {
    let bytes = 0;
    let count = 0;
    for (const { bytes: more } of this.#queue) {
      if (count > 0 && bytes + more > Math.min(roomBytes, MAX_BATCH_BYTES)) break;
      bytes += more;
      count++;
    }
    const batch = count === this.#queue.length ? this.#queue : this.#queue.slice(0, count);
    this.#queue = count === this.#queue.length ? [] : this.#queue.slice(count);
    return { batch, bytes };
  }

  #wake(): void {
    let count = 0;
    for (const { lsn } of this.#waiting) {
      if (lsn > this.#durableLsn) break;
      count++;
    }
    for (const waiter of this.#waiting.splice(0, count)) waiter.resolve(undefined);
  }

  /** D5: after the first error nothing is known of the file any more. */
  #fail(cause: unknown): void {
    this.#ended = new ReplicationLogError('write-failed', 'the replication log cannot be written', { cause });
    this.#queue = [];
    for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#ended);
    this.#onFatal(this.#ended);
  }
}
