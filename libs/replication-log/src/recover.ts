import { join } from 'node:path';
import type { LogFile, LogFileSystem } from './file-system.ts';
import type { LogCondition, Lsn } from './log.ts';
import type { Manifest } from './manifest.ts';
import { HEADER_BYTES } from './record-format.ts';
import { decodeSegmentHeader, recordSeed, SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { segmentName } from './segment-files.ts';
import { SegmentReader } from './segment-reader.ts';

/** A segment that holds records. */
export interface KeptSegment {
  readonly number: number;
  readonly firstLsn: Lsn;
  readonly sizeBytes: number;
  /** Where its records end. */
  endBytes: number;
}

export interface Recovered {
  readonly condition: LogCondition;
  /** Up to the end of what can be trusted; the last is where appending goes on. */
  readonly segments: KeptSegment[];
  readonly nextLsn: Lsn;
}

/**
 * Finds the end of the log and whether it is whole (REPLICATION D2). A record that cannot be read is torn when a crash
 * explains it: when no later record was written after it had been made durable. Otherwise the disk damaged it. Everything
 * read is fdatasynced: what a dead process had written may still be in the page cache alone (D1).
 */
export async function recover(fs: LogFileSystem, directory: string, manifest: Manifest): Promise<Recovered> {
  const segments: KeptSegment[] = [];
  let lsn = manifest.firstLsn;
  let torn: { droppedBytes: number } | undefined;
  for (let number = manifest.firstSegment; number <= manifest.lastSegment; number++) {
    const damaged = (detail: string): Recovered => ({
      condition: { kind: 'damaged', lsn, detail: `${segmentName(number)}: ${detail}` },
      segments,
      nextLsn: lsn,
    });
    await using opened = await openSegment(fs, directory, manifest, number);
    if (typeof opened.found === 'string') return damaged(opened.found);
    const { reader, sizeBytes } = opened.found;
    const segment: KeptSegment = { number, firstLsn: lsn, sizeBytes, endBytes: SEGMENT_HEADER_BYTES };
    if (torn === undefined) {
      segments.push(segment);
      let found = await reader.recordAt(segment.endBytes, lsn);
      for (; found.kind === 'record'; found = await reader.recordAt(segment.endBytes, lsn)) {
        segment.endBytes = found.endBytes;
        lsn++;
      }
      if (found.kind === 'bad') torn = { droppedBytes: HEADER_BYTES };
    }
    for await (const { at, header } of reader.headersFrom(segment.endBytes)) {
      // It was written when `lsn` had been durable: no crash took that away.
      if (header.durable >= lsn)
        return damaged(`record ${String(lsn)} is damaged or missing, but record ${String(header.lsn)} was written after it`);
      torn = { droppedBytes: (torn?.droppedBytes ?? 0) + at + HEADER_BYTES - segment.endBytes };
    }
  }
  const condition: LogCondition = torn === undefined ? { kind: 'sound' } : { kind: 'torn-tail', droppedBytes: torn.droppedBytes };
  return { condition, segments, nextLsn: lsn };
}

interface Opened extends AsyncDisposable {
  /** Or what is wrong with the file. */
  readonly found: { readonly reader: SegmentReader; readonly sizeBytes: number } | string;
}

/** Opens one segment for reading. */
export async function openSegment(
  fs: LogFileSystem,
  directory: string,
  { logId }: Pick<Manifest, 'logId'>,
  number: number,
): Promise<Opened> {
  const path = join(directory, segmentName(number));
  let file: LogFile;
  try {
    file = await fs.open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { found: 'the file is missing', [Symbol.asyncDispose]: async () => {} };
  }
  const close = (): Promise<void> => file.close();
  try {
    await file.datasync();
    const head = Buffer.alloc(SEGMENT_HEADER_BYTES);
    await file.read(head, 0);
    const header = decodeSegmentHeader(head, path);
    if (header?.number !== number || !header.logId.equals(logId)) return { found: 'the header is damaged', [Symbol.asyncDispose]: close };
    // Preallocated files never shrink by themselves.
    if ((await file.sizeBytes()) < header.sizeBytes) return { found: 'the file was cut short', [Symbol.asyncDispose]: close };
    return {
      found: { reader: new SegmentReader(file, header.sizeBytes, recordSeed(header)), sizeBytes: header.sizeBytes },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
