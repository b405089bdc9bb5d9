import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ReplicationLogError } from './errors.ts';
import type { LogCondition, LogRecord, Lsn, ReplicationLog, StoredRecord } from './log.ts';
import { encodeRecord, MAX_RECORD_BYTES, RECORD_HEADER_BYTES } from './record-form.ts';
import { recover } from './recover.ts';
import type { RecoveredSegment } from './recover.ts';
import { allocateSegment, beginSegment, SEGMENT_HEADER_BYTES, segmentName, segmentSeed, syncDirectory } from './segment-file.ts';

const DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024;
/** Trimmed segments kept for reuse. */
const SPARES = 2;
/** Buffers of one write: the system's bound is 1,024. */
const MAX_BUFFERS = 1_000;

export interface DiskLogOptions {
  readonly directory: string;
  readonly segmentBytes?: number;
}

interface OpenSegment {
  readonly firstLsn: Lsn;
  readonly file: FileHandle;
  readonly sizeBytes: number;
  readonly seed: number;
  endBytes: number;
}

/** Opens or makes the log of a directory. A damaged one is reported, and takes no append. Throws ReplicationLogError `unknown-format`. */
export async function openReplicationLog(options: DiskLogOptions): Promise<ReplicationLog> {
  const { directory, segmentBytes = DEFAULT_SEGMENT_BYTES } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const replayed: StoredRecord[] = [];
  const recovered = await recover(directory, (record) => replayed.push(record));
  const log = new DiskLog(directory, segmentBytes, recovered.condition, recovered.segments, recovered.nextLsn, replayed);
  if (recovered.condition.kind !== 'damaged') await log.start();
  return log;
}

class DiskLog implements ReplicationLog {
  readonly condition: LogCondition;
  durableLsn: Lsn;
  nextLsn: Lsn;
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #segments: RecoveredSegment[];
  #replayed: StoredRecord[];
  #current: OpenSegment | undefined;
  #queue: { record: LogRecord; lsn: Lsn }[] = [];
  #waiting: { lsn: Lsn; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #running: Promise<void> | undefined;
  #failure: ReplicationLogError | undefined;
  #spareNumber = 0;

  constructor(
    directory: string,
    segmentBytes: number,
    condition: LogCondition,
    segments: RecoveredSegment[],
    nextLsn: Lsn,
    replayed: StoredRecord[],
  ) {
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
    this.condition = condition;
    this.#segments = segments;
    this.nextLsn = nextLsn;
    this.durableLsn = nextLsn - 1;
    this.#replayed = replayed;
  }

  /** D1: what was read is fdatasynced before it is reported; the last segment goes on. */
  async start(): Promise<void> {
    const last = this.#segments.pop();
    if (last === undefined) {
      this.#current = await this.#newSegment(this.nextLsn, 0);
      return;
    }
    const file = await open(join(this.#directory, segmentName(last.firstLsn)), 'r+');
    if (this.condition.kind === 'torn-tail') {
      // What is left of the torn record must not be met again behind shorter ones.
      await file.write(Buffer.alloc(Math.min(this.condition.droppedBytes, last.sizeBytes - last.endBytes)), 0, undefined, last.endBytes);
    }
    await file.datasync();
    this.#current = { firstLsn: last.firstLsn, file, sizeBytes: last.sizeBytes, seed: segmentSeed(last.firstLsn), endBytes: last.endBytes };
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, s) => sum + s.endBytes, 0) + (this.#current?.endBytes ?? 0);
  }

  async *replay(): AsyncIterable<StoredRecord> {
    yield* this.#replayed;
    this.#replayed = [];
  }

  append(records: readonly LogRecord[]): Lsn {
    this.#replayed = [];
    if (this.#failure !== undefined) throw this.#failure;
    for (const record of records) {
      if (record.body.reduce((sum, b) => sum + b.length, 0) > MAX_RECORD_BYTES)
        throw new ReplicationLogError('record-too-large', `a record may hold ${String(MAX_RECORD_BYTES)} bytes`);
      this.#queue.push({ record, lsn: this.nextLsn++ });
    }
    return this.nextLsn - 1;
  }

  sync(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const lsn = this.nextLsn - 1;
    if (lsn <= this.durableLsn) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#waiting.push({
      lsn,
      resolve: () => {
        resolve(undefined);
      },
      reject,
    });
    this.#running ??= this.#commitAll();
    return promise;
  }

  /** One write and one fdatasync at a time; what arrives meanwhile forms the next (group commit). */
  async #commitAll(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const batch = this.#queue;
        this.#queue = [];
        await this.#write(batch);
        this.durableLsn = (batch.at(-1) as { lsn: Lsn }).lsn;
        const done = this.#waiting.filter((w) => w.lsn <= this.durableLsn);
        this.#waiting = this.#waiting.filter((w) => w.lsn > this.durableLsn);
        for (const waiter of done) waiter.resolve();
      }
    } catch (cause) {
      // D5: after the first write error nothing is known of the file any more.
      this.#failure = new ReplicationLogError('write-failed', 'the replication log cannot be written', { cause });
      for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#failure);
    } finally {
      this.#running = undefined;
    }
  }

  async #write(batch: readonly { record: LogRecord; lsn: Lsn }[]): Promise<void> {
    let buffers: Uint8Array[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      const current = this.#current!;
      if (buffers.length === 0) return;
      await writeAll(current.file, buffers, current.endBytes);
      current.endBytes += bytes;
      buffers = [];
      bytes = 0;
    };
    for (const { record, lsn } of batch) {
      let current = this.#current!;
      const needed = RECORD_HEADER_BYTES + record.body.reduce((sum, b) => sum + b.length, 0);
      if (current.endBytes + bytes + needed > current.sizeBytes) {
        await flush();
        await current.file.datasync();
        await current.file.close();
        this.#segments.push(current);
        current = this.#current = await this.#newSegment(lsn, needed);
      }
      const encoded = encodeRecord(record, lsn, current.seed);
      buffers.push(...encoded.buffers);
      bytes += encoded.sizeBytes;
      if (buffers.length >= MAX_BUFFERS) await flush();
    }
    await flush();
    await this.#current!.file.datasync();
  }

  async #newSegment(firstLsn: Lsn, needed: number): Promise<OpenSegment> {
    const sizeBytes = Math.max(this.#segmentBytes, SEGMENT_HEADER_BYTES + needed);
    const spare = sizeBytes === this.#segmentBytes ? await this.#takeSpare() : undefined;
    const name = spare?.name ?? `new-${String(firstLsn)}.tmp`;
    const file = spare?.file ?? (await allocateSegment(join(this.#directory, name), sizeBytes));
    await beginSegment(this.#directory, name, file, firstLsn);
    return { firstLsn, file, sizeBytes, seed: segmentSeed(firstLsn), endBytes: SEGMENT_HEADER_BYTES };
  }

  async #takeSpare(): Promise<{ name: string; file: FileHandle } | undefined> {
    const name = (await readdir(this.#directory)).find((n) => n.startsWith('spare-'));
    if (name === undefined) return undefined;
    const path = join(this.#directory, name);
    if ((await stat(path)).size !== this.#segmentBytes) return undefined;
    return { name, file: await open(path, 'r+') };
  }

  async trim(before: Lsn): Promise<void> {
    for (;;) {
      const next = this.#segments[1]?.firstLsn ?? this.#current?.firstLsn;
      const [oldest] = this.#segments;
      if (oldest === undefined || next === undefined || next > before) return;
      this.#segments.shift();
      const path = join(this.#directory, segmentName(oldest.firstLsn));
      const spares = (await readdir(this.#directory)).filter((n) => n.startsWith('spare-'));
      if (oldest.sizeBytes === this.#segmentBytes && spares.length < SPARES) {
        let name = `spare-${String(this.#spareNumber++)}.tmp`;
        while (spares.includes(name)) name = `spare-${String(this.#spareNumber++)}.tmp`;
        await rename(path, join(this.#directory, name));
      } else await rm(path);
      await syncDirectory(this.#directory);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#failure === undefined && this.#current !== undefined) await this.sync();
    this.#failure ??= new ReplicationLogError('closed', 'the log is closed');
    await this.#current?.file.close();
  }
}

/** `writev` may write less than asked. */
async function writeAll(file: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<void> {
  let at = position;
  let rest = [...buffers];
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest, at);
    at += bytesWritten;
    const left: Uint8Array[] = [];
    for (const buffer of rest) {
      if (bytesWritten >= buffer.length) bytesWritten -= buffer.length;
      else {
        left.push(bytesWritten === 0 ? buffer : buffer.subarray(bytesWritten));
        bytesWritten = 0;
      }
    }
    rest = left;
  }
}
