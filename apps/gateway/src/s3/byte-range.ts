import { S3Error } from '@pilvi/s3-protocol';

/** Bytes `[start, endExclusive)`. */
export interface ByteRange {
  readonly start: number;
  readonly endExclusive: number;
}

const RANGE = /^bytes=(\d*)-(\d*)$/;

/**
 * The one range a Range header asks for, or undefined where S3 serves the whole: no header, another unit, several
 * ranges, or one that ends before it begins (RFC 9110 section 14.2). Throws InvalidRange when nothing of it exists.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const match = header === undefined ? null : RANGE.exec(header.trim());
  if (header === undefined || match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') return suffix(Number(last), sizeBytes, header);
  const start = Number(first);
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= sizeBytes) throw invalidRange(header, sizeBytes);
  return { start, endExclusive: end };
}

function suffix(lengthBytes: number, sizeBytes: number, header: string): ByteRange {
  if (lengthBytes === 0 || sizeBytes === 0) throw invalidRange(header, sizeBytes);
  return { start: Math.max(0, sizeBytes - lengthBytes), endExclusive: sizeBytes };
}

function invalidRange(header: string, sizeBytes: number): S3Error {
  return new S3Error('InvalidRange', { fields: { RangeRequested: header, ActualObjectSize: String(sizeBytes) } });
}

/** `bytes 0-9/100` */
export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.endExclusive - 1}/${sizeBytes}`;
}

/** x-amz-copy-source-range: both ends named, and inside the source. Throws InvalidArgument and InvalidRange. */
export function parseCopyRange(header: string | undefined, sizeBytes: number): ByteRange {
  if (header === undefined) return { start: 0, endExclusive: sizeBytes };
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  if (match === null || Number(match[2]) < Number(match[1])) {
    throw new S3Error('InvalidArgument', {
      message:
        'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      fields: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
    });
  }
  const start = Number(match[1]);
  const endExclusive = Number(match[2]) + 1;
  if (endExclusive > sizeBytes) {
    throw new S3Error('InvalidRange', {
      message: `Range specified is not valid for source object of size: ${sizeBytes}`,
      fields: { RangeRequested: header, ActualObjectSize: String(sizeBytes) },
    });
  }
  return { start, endExclusive };
}
