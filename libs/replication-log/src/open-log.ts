import { join } from 'node:path';
import { systemRandom } from '@pilvi/runtime';
import type { Random } from '@pilvi/runtime';
import { DiskLog } from './disk-log.ts';
import { ReplicationLogError } from './errors.ts';
import { nodeFileSystem } from './file-system.ts';
import type { LogFileSystem } from './file-system.ts';
import type { ReplicationLog, StoredRecord, WrittenBatch } from './log.ts';
import { MANIFEST_NAME, readManifest, writeManifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { openSegment, recover } from './recover.ts';
import type { KeptSegment, Recovered } from './recover.ts';
import { fillWithZeros, isTemporary, SegmentFiles } from './segment-files.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { verifySegments } from './verify-segments.ts';

/** Trimming takes whole segments, and a start reads all that is left: a larger one makes it longer (100 ms of processor time for 16 MiB). */
export const DEFAULT_SEGMENT_BYTES = 4 * 1024 * 1024;
const LOG_ID_BYTES = 16;

export interface DiskLogOptions {
  readonly directory: string;
  /** Size of a segment file, at least 1 KiB; a record that is larger gets a file of its own size. */
  readonly segmentBytes?: number;
  /** Told once of the first write error (D5): the process is to end. `sync` rejects as well. */
  readonly onFatal?: (error: ReplicationLogError) => void;
  /** Told of every batch: how long its write and its fdatasync took. */
  readonly onBatch?: (batch: WrittenBatch) => void;
  /** Awaited before a torn tail is cut off: no later start sees it. */
  readonly onTornTail?: () => Promise<void>;
  readonly fileSystem?: LogFileSystem;
  readonly random?: Random;
}

/**
 * Opens or makes the log of a directory. A damaged one is reported in `condition`, can be replayed up to the damage and
 * takes no append. Throws ReplicationLogError `unknown-format`, or what the disk said.
 */
export async function openReplicationLog(options: DiskLogOptions): Promise<ReplicationLog> {
  const { directory, segmentBytes = DEFAULT_SEGMENT_BYTES, fileSystem: fs = nodeFileSystem, random = systemRandom } = options;
  await fs.makeDirectory(directory);
  const names = await fs.list(directory);
  const manifest = names.includes(MANIFEST_NAME)
    ? await readManifest(fs, directory)
    : (await lostItsManifest(fs, directory, names))
      ? undefined
      : await begin(fs, directory, random);
  const recovered: Recovered =
    manifest === undefined
      ? { condition: { kind: 'damaged', lsn: 1, detail: 'the manifest is missing or damaged' }, segments: [], nextLsn: 1 }
      : await recover(fs, directory, manifest);
  const { condition, segments, nextLsn } = recovered;
  const found = segments.filter((s) => s.endBytes > SEGMENT_HEADER_BYTES).map((s) => ({ ...s }));
  const known = manifest ?? { logId: Buffer.alloc(LOG_ID_BYTES), firstSegment: 1, lastSegment: 0, firstLsn: 1 };
  const files = new SegmentFiles(fs, directory, segmentBytes, known);
  if (condition.kind === 'torn-tail') await options.onTornTail?.();
  const current = condition.kind === 'damaged' || manifest === undefined ? undefined : await makeReady(fs, files, manifest, recovered);
  return new DiskLog({
    files,
    condition,
    segments,
    current,
    nextLsn,
    replay: () => readAll(fs, directory, manifest, found),
    verify: (written, isKept) => verifySegments(fs, directory, { logId: known.logId, segments: written, isKept }),
    onFatal: options.onFatal ?? (() => {}),
    onBatch: options.onBatch ?? (() => {}),
  });
}

/**
 * Whether a log that is here has lost its manifest: one of its segments is found. Files without such a segment were written by something else,
 * perhaps an older version: refused with `unknown-format`, since a log begun beside them would hide them.
 */
async function lostItsManifest(fs: LogFileSystem, directory: string, names: readonly string[]): Promise<boolean> {
  const others = names.filter((name) => !isTemporary(name));
  for (const name of others) {
    const path = join(directory, name);
    const file = await fs.open(path);
    try {
      const head = Buffer.alloc(SEGMENT_HEADER_BYTES);
      await file.read(head, 0);
      if (decodeSegmentHeader(head, path) !== undefined) return true;
    } finally {
      await file.close();
    }
  }
  if (others.length === 0) return false;
  throw new ReplicationLogError(
    'unknown-format',
    `${directory} holds files but no replication log of this version of Pilvi: another version may have written them`,
  );
}

/** A new log: the manifest first, so that a segment without one is a sign of loss. */
async function begin(fs: LogFileSystem, directory: string, random: Random): Promise<Manifest> {
  const manifest: Manifest = { logId: random.bytes(LOG_ID_BYTES), firstSegment: 1, lastSegment: 0, firstLsn: 1 };
  await writeManifest(fs, directory, manifest);
  return manifest;
}

/** Clears away what was torn, and opens the last segment for appending. */
async function makeReady(fs: LogFileSystem, files: SegmentFiles, manifest: Manifest, { condition, segments, nextLsn }: Recovered) {
  // Empty segments were made ahead; all but the first of them are dropped, and with them what a torn batch left there.
  while (segments.length > 1 && segments.at(-1)?.endBytes === SEGMENT_HEADER_BYTES) segments.pop();
  const last = segments.at(-1);
  if (last === undefined) {
    await files.tidy(manifest.lastSegment, true);
    const first = await files.next(manifest.lastSegment, 0);
    segments.push({ number: first.number, firstLsn: nextLsn, sizeBytes: first.sizeBytes, endBytes: SEGMENT_HEADER_BYTES });
    files.prepare(first.number);
    return first;
  }
  const current = await files.open(last.number, last.sizeBytes);
  if (condition.kind === 'torn-tail') {
    // Whole records behind the torn one must not be met again behind new ones.
    await fillWithZeros(current.file, last.endBytes, last.sizeBytes);
    await current.file.datasync();
  }
  await files.tidy(last.number, condition.kind === 'sound');
  files.prepare(last.number);
  return current;
}

async function* readAll(
  fs: LogFileSystem,
  directory: string,
  manifest: Manifest | undefined,
  segments: readonly KeptSegment[],
): AsyncGenerator<StoredRecord> {
  if (manifest === undefined) return;
  for (const { number, firstLsn, endBytes } of segments) {
    await using opened = await openSegment(fs, directory, manifest, number);
    if (typeof opened.found === 'string') throw new Error(`${join(directory, String(number))}: ${opened.found}`);
    let lsn = firstLsn;
    for (let at = SEGMENT_HEADER_BYTES; at < endBytes; lsn++) {
      const found = await opened.found.reader.recordAt(at, lsn);
      if (found.kind !== 'record') throw new Error(`record ${String(lsn)} was whole when the log was opened, and is not now`);
      yield found.record;
      at = found.endBytes;
    }
  }
}
