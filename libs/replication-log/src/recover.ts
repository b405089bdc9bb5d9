import { readdir } from 'node:fs/promises';
import type { LogCondition, Lsn, StoredRecord } from './log.ts';
import { decodeRecord, laterRecordFollows, RECORD_HEADER_BYTES } from './record-form.ts';
import { firstLsnOf, readSegment, SEGMENT_HEADER_BYTES, segmentName, segmentSeed } from './segment-file.ts';

export interface RecoveredSegment {
  readonly firstLsn: Lsn;
  /** Where the next record would go. */
  readonly endBytes: number;
  readonly sizeBytes: number;
}

export interface Recovered {
  readonly condition: LogCondition;
  readonly segments: RecoveredSegment[];
  readonly nextLsn: Lsn;
}

/** Reads every record kept, oldest first, and finds out whether the log is whole (D2). `onRecord` sees what can be trusted. */
export async function recover(directory: string, onRecord: (record: StoredRecord) => void): Promise<Recovered> {
  const names = (await readdir(directory)).map(firstLsnOf).filter((lsn) => lsn !== undefined);
  const firsts = names.sort((a, b) => a - b);
  const segments: RecoveredSegment[] = [];
  let nextLsn = firsts[0] ?? 1;
  for (const [i, firstLsn] of firsts.entries()) {
    const damaged = (detail: string): Recovered => ({ condition: { kind: 'damaged', lsn: nextLsn, detail }, segments, nextLsn });
    if (firstLsn !== nextLsn) return damaged(`records before ${segmentName(firstLsn)} are missing`);
    const bytes = await readSegment(directory, firstLsn);
    if (bytes === undefined) return damaged(`${segmentName(firstLsn)} has a damaged header`);
    const seed = segmentSeed(firstLsn);
    let at = SEGMENT_HEADER_BYTES;
    for (let read = decodeRecord(bytes, at, nextLsn, seed); read !== undefined; read = decodeRecord(bytes, at, nextLsn, seed)) {
      onRecord(read.record);
      at = read.endBytes;
      nextLsn++;
    }
    segments.push({ firstLsn, endBytes: at, sizeBytes: bytes.length });
    const isLast = i === firsts.length - 1;
    if (!isLast) continue;
    if (laterRecordFollows(bytes, at, nextLsn, seed)) return damaged(`a record of ${segmentName(firstLsn)} is damaged`);
    const torn = at + RECORD_HEADER_BYTES <= bytes.length && bytes.readUIntBE(at + 11, 6) === nextLsn;
    if (torn) return { condition: { kind: 'torn-tail', droppedBytes: RECORD_HEADER_BYTES + bytes.readUInt32BE(at) }, segments, nextLsn };
  }
  return { condition: { kind: 'sound' }, segments, nextLsn };
}
