import { join } from 'node:path';
import { writeFully } from './file-system.ts';
import type { LogFile, LogFileSystem } from './file-system.ts';
import type { Lsn } from './log.ts';
import { MANIFEST_NAME, writeManifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { encodeSegmentHeader, recordSeed, SEGMENT_HEADER_BYTES } from './segment-format.ts';

const ZEROS = Buffer.alloc(1024 * 1024);
/** Trimmed segments kept for reuse. */
const MAX_SPARES = 2;
const TEMPORARY_NAME = 'new.tmp';

export function segmentName(number: number): string {
  return `segment-${String(number).padStart(12, '0')}.log`;
}

/** Left by a crash before it was renamed; holds nothing that counts. */
export function isTemporary(name: string): boolean {
  return name.endsWith('.tmp');
}

/** Whether a file in the directory was ever part of a log. */
function isSegmentFile(name: string): boolean {
  return /^(segment|spare)-\d{12}\.(log|free)$/.test(name);
}

/** A segment that can be appended to. */
export interface OpenSegment {
  readonly number: number;
  readonly file: LogFile;
  readonly sizeBytes: number;
  readonly seed: number;
}

/**
 * Makes, recycles and forgets segment files, one change at a time. A file is whole and durable under its name before the
 * manifest names it, and the manifest names it before a record goes into it; so every file the manifest names must be there.
 */
export class SegmentFiles {
  readonly #fs: LogFileSystem;
  readonly #directory: string;
  readonly #segmentBytes: number;
  #manifest: Manifest;
  /** Made before it is needed, so that appending need not wait. */
  #prepared: OpenSegment | undefined;
  #spares: string[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(fs: LogFileSystem, directory: string, segmentBytes: number, manifest: Manifest) {
    this.#fs = fs;
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
    this.#manifest = manifest;
  }

  /**
   * Drops every file that the manifest does not name, and segments above `last`, which hold nothing that counts. Unless
   * they are `clean`, they may hold remains of a torn batch, which must not come back under the same number.
   */
  tidy(last: number, clean: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (last < this.#manifest.lastSegment) await this.#record({ lastSegment: last });
      for (const name of await this.#fs.list(this.#directory)) {
        const number = /^segment-(\d{12})\.log$/.exec(name)?.[1];
        const isNamed = number !== undefined && Number(number) >= this.#manifest.firstSegment && Number(number) <= last;
        if (isNamed || name === MANIFEST_NAME) continue;
        if (isSegmentFile(name) && (clean || name.startsWith('spare'))) await this.#recycle(name);
        else await this.#fs.remove(join(this.#directory, name));
      }
    });
  }

  /** An existing segment, to go on appending to it. */
  async open(number: number, sizeBytes: number): Promise<OpenSegment> {
    const file = await this.#fs.open(join(this.#directory, segmentName(number)));
    return { number, file, sizeBytes, seed: recordSeed({ logId: this.#manifest.logId, number }) };
  }

  /** The segment after `number`, with room for so many bytes of records. Begins to make the one after it. */
  next(number: number, neededBytes: number): Promise<OpenSegment> {
    return this.#inTurn(async () => {
      const sizeBytes = SEGMENT_HEADER_BYTES + neededBytes;
      if (this.#prepared !== undefined && this.#prepared.sizeBytes < sizeBytes) {
        await this.#prepared.file.close();
        this.#prepared = undefined;
      }
      const segment = this.#prepared ?? (await this.#make(number + 1, Math.max(sizeBytes, this.#segmentBytes)));
      this.#prepared = undefined;
      return segment;
    });
  }

  /** Makes the segment after `number` ahead of its need. When that fails, `next` will try again and say so. */
  prepare(number: number): void {
    this.#inTurn(async () => {
      if (!this.#isClosed) this.#prepared ??= await this.#make(number + 1, this.#segmentBytes);
    }).catch(() => {});
  }

  /** Forgets the segments before `first`: the manifest first, then the files are recycled. */
  trim(first: number, firstLsn: Lsn): Promise<void> {
    return this.#inTurn(async () => {
      const from = this.#manifest.firstSegment;
      if (first <= from) return;
      await this.#record({ firstSegment: first, firstLsn });
      for (let number = from; number < first; number++) await this.#recycle(segmentName(number));
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turn.catch(() => {});
    await this.#prepared?.file.close();
  }

  /** Zeros are written once, so that appending changes no metadata and one fdatasync makes it durable (D1). */
  async #make(number: number, sizeBytes: number): Promise<OpenSegment> {
    const { logId } = this.#manifest;
    const spare = sizeBytes === this.#segmentBytes ? this.#spares.pop() : undefined;
    const from = join(this.#directory, spare ?? TEMPORARY_NAME);
    const file = await this.#fs.open(from, { create: spare === undefined });
    try {
      // Under another number the old records of a spare have the wrong CRCs; its first place is cleared to mark the end.
      await writeFully(file, [encodeSegmentHeader({ logId, number, sizeBytes }), Buffer.alloc(SEGMENT_HEADER_BYTES)], 0);
      if (spare === undefined) await fillWithZeros(file, 2 * SEGMENT_HEADER_BYTES, sizeBytes);
      await file.datasync();
      await this.#fs.rename(from, join(this.#directory, segmentName(number)));
      await this.#fs.syncDirectory(this.#directory);
      await this.#record({ lastSegment: Math.max(number, this.#manifest.lastSegment) });
    } catch (error) {
      await file.close();
      throw error;
    }
    return { number, file, sizeBytes, seed: recordSeed({ logId, number }) };
  }

  async #recycle(name: string): Promise<void> {
    if (this.#spares.length >= MAX_SPARES || !(await this.#hasSegmentSize(name))) {
      await this.#fs.remove(join(this.#directory, name));
      return;
    }
    const spare = name.replace('segment', 'spare').replace('.log', '.free');
    if (spare !== name) await this.#fs.rename(join(this.#directory, name), join(this.#directory, spare));
    this.#spares.push(spare);
  }

  async #record(change: Partial<Manifest>): Promise<void> {
    const manifest = { ...this.#manifest, ...change };
    await writeManifest(this.#fs, this.#directory, manifest);
    this.#manifest = manifest;
  }

  async #hasSegmentSize(name: string): Promise<boolean> {
    const file = await this.#fs.open(join(this.#directory, name));
    try {
      return (await file.sizeBytes()) === this.#segmentBytes;
    } finally {
      await file.close();
    }
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(action, action);
    this.#turn = result.catch(() => {});
    return result;
  }
}

export async function fillWithZeros(file: LogFile, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += ZEROS.length) await writeFully(file, [ZEROS.subarray(0, Math.min(ZEROS.length, to - at))], at);
}
