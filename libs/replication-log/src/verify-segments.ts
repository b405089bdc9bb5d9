import type { LogFileSystem } from './file-system.ts';
import type { Lsn } from './log.ts';
import { MANIFEST_NAME, readManifest } from './manifest.ts';
import { openSegment } from './recover.ts';
import { segmentName } from './segment-files.ts';
import { SEGMENT_HEADER_BYTES } from './segment-format.ts';

/** A segment of a log in use, as far as it is certainly on disk. */
interface WrittenSegment {
  readonly number: number;
  readonly firstLsn: Lsn;
  readonly endBytes: number;
}

/**
 * Reads what is durable of a log in use again, and says what is wrong with it, or undefined: damage that the next start would meet. Segments that are
 * trimmed meanwhile (`isKept` is false) are no loss.
 */
export async function verifySegments(
  fs: LogFileSystem,
  directory: string,
  log: { readonly logId: Buffer; readonly segments: readonly WrittenSegment[]; readonly isKept: (number: number) => boolean },
): Promise<string | undefined> {
  const manifest = await readManifest(fs, directory).catch(() => undefined);
  if (manifest?.logId.equals(log.logId) !== true) return `${MANIFEST_NAME}: missing or damaged`;
  for (const segment of log.segments) {
    const wrong = await verifySegment(fs, directory, log.logId, segment);
    if (wrong !== undefined && log.isKept(segment.number)) return `${segmentName(segment.number)}: ${wrong}`;
  }
  return undefined;
}

async function verifySegment(fs: LogFileSystem, directory: string, logId: Buffer, segment: WrittenSegment): Promise<string | undefined> {
  await using opened = await openSegment(fs, directory, { logId }, segment.number);
  if (typeof opened.found === 'string') return opened.found;
  let lsn = segment.firstLsn;
  for (let at = SEGMENT_HEADER_BYTES; at < segment.endBytes; lsn++) {
    const found = await opened.found.reader.recordAt(at, lsn);
    if (found.kind !== 'record') return `record ${String(lsn)} is damaged`;
    at = found.endBytes;
  }
  return undefined;
}
