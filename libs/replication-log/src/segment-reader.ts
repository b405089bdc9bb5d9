import { crc32 } from 'node:zlib';
import type { LogFile } from './file-system.ts';
import type { Lsn, StoredRecord } from './log.ts';
import { ALIGNMENT, HEADER_BYTES, MAGIC_BYTES, readHeader, storedBytes } from './record-format.ts';
import type { RecordHeader } from './record-format.ts';

const WINDOW_BYTES = 1024 * 1024;

export type Found =
  | { readonly kind: 'record'; readonly record: StoredRecord; readonly endBytes: number }
  /** Zeros: nothing was written here. */
  | { readonly kind: 'nothing' }
  /** Something that is not the record looked for. */
  | { readonly kind: 'bad' };

/** Reads the records of one segment through a small window. */
export class SegmentReader {
  readonly #file: LogFile;
  readonly #sizeBytes: number;
  readonly #seed: number;
  /** Read into again and again: a start that left a new one behind for every MiB would keep their memory for good. */
  #buffer: Buffer = Buffer.alloc(0);
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;

  constructor(file: LogFile, sizeBytes: number, seed: number) {
    this.#file = file;
    this.#sizeBytes = sizeBytes;
    this.#seed = seed;
  }

  /** The record of this lsn at this place. Its body is a copy of its own. */
  async recordAt(at: number, lsn: Lsn): Promise<Found> {
    const head = await this.#bytes(at, HEADER_BYTES);
    if (head.length < HEADER_BYTES) return { kind: 'nothing' };
    const header = readHeader(head, 0, this.#seed);
    if (header === undefined) return { kind: head.every((b) => b === 0) ? 'nothing' : 'bad' };
    const endBytes = at + storedBytes(header.bodyBytes);
    if (header.lsn !== lsn || endBytes > this.#sizeBytes) return { kind: 'bad' };
    const body = Buffer.from(await this.#bytes(at + HEADER_BYTES, header.bodyBytes));
    if (body.length < header.bodyBytes || crc32(body, this.#seed) !== header.bodyCrc) return { kind: 'bad' };
    return { kind: 'record', record: { lsn, kind: header.kind, partition: header.partition, body }, endBytes };
  }

  /** Every header of this segment from here on, whether or not it belongs to a whole record. */
  async *headersFrom(from: number): AsyncGenerator<{ readonly at: number; readonly header: RecordHeader }> {
    const buffer = Buffer.allocUnsafe(Math.min(WINDOW_BYTES, Math.max(0, this.#sizeBytes - from)));
    for (let at = from; at + HEADER_BYTES <= this.#sizeBytes; at += WINDOW_BYTES) {
      const window = await this.#read(buffer.subarray(0, Math.min(WINDOW_BYTES, this.#sizeBytes - at)), at);
      for (let i = window.indexOf(MAGIC_BYTES); i !== -1; i = window.indexOf(MAGIC_BYTES, i + 1)) {
        if (i % ALIGNMENT !== 0 || i + HEADER_BYTES > window.length) continue;
        const header = readHeader(window, i, this.#seed);
        if (header !== undefined) yield { at: at + i, header };
      }
    }
  }

  /** Fewer at the end of the file. Valid until the next call. */
  async #bytes(at: number, length: number): Promise<Buffer> {
    if (at < this.#windowAt || at + length > this.#windowAt + this.#window.length) {
      const wanted = Math.min(Math.max(length, WINDOW_BYTES), Math.max(0, this.#sizeBytes - at));
      this.#window = this.#window.subarray(0, 0);
      if (this.#buffer.length < wanted) this.#buffer = Buffer.allocUnsafe(wanted);
      this.#window = await this.#read(this.#buffer.subarray(0, wanted), at);
      this.#windowAt = at;
    }
    return this.#window.subarray(at - this.#windowAt, at - this.#windowAt + length);
  }

  /** Fills `into` as far as the file goes; answers what was filled. */
  async #read(into: Buffer, at: number): Promise<Buffer> {
    let filled = 0;
    while (filled < into.length) {
      const count = await this.#file.read(into.subarray(filled), at + filled);
      if (count === 0) break;
      filled += count;
    }
    return into.subarray(0, filled);
  }
}
