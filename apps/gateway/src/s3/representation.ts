import type { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import { S3Error } from '@pilvi/s3-protocol';
import { type ByteRange, contentRange, parseRange } from './byte-range.ts';
import { writeChecksumHeaders } from './checksum-headers.ts';
import { checkVersionId, type Exchange, integerParameter } from './exchange.ts';
import { httpDate } from './http-date.ts';
import { writeMetadata } from './object-metadata.ts';
import { checkReadConditions } from './read-conditions.ts';
import type { HeaderList } from './reply.ts';
import type { Query } from './request-target.ts';

/** What GET and HEAD say of an object: the same but for the bytes. */
export interface Representation {
  readonly status: 200 | 206 | 304;
  readonly range: ByteRange;
  readonly headers: HeaderList;
}

const OVERRIDES: readonly (readonly [parameter: string, header: string])[] = [
  ['response-content-type', 'content-type'],
  ['response-content-language', 'content-language'],
  ['response-expires', 'expires'],
  ['response-cache-control', 'cache-control'],
  ['response-content-disposition', 'content-disposition'],
  ['response-content-encoding', 'content-encoding'],
];
const NO_OVERRIDES: ReadonlyMap<string, string> = new Map();
const MAX_PART_NUMBER = 10_000;

/** What can be refused before the object is looked up. */
export function checkReadRequest(exchange: Exchange): void {
  if (exchange.query.size > 0) checkVersionId(exchange.query.get('versionId'));
  if (exchange.query.has('partNumber') && exchange.headers['range'] !== undefined) {
    throw new S3Error('InvalidRequest', { message: 'Cannot specify both Range header and partNumber query parameter' });
  }
}

/** Throws PreconditionFailed, InvalidRange, InvalidPartNumber and InvalidArgument. */
export function represent(exchange: Exchange, record: ObjectRecord): Representation {
  const sizeBytes = Number(record.sizeBytes);
  const headers: HeaderList = ['Last-Modified', httpDate(record.modifiedMs), 'ETag', `"${record.etag}"`, 'Accept-Ranges', 'bytes'];
  const whole: ByteRange = { start: 0, endExclusive: sizeBytes };
  if (checkReadConditions(exchange.headers, record) === 'not-modified')
    return { status: 304, range: { start: 0, endExclusive: 0 }, headers };
  const part = exchange.query.has('partNumber') ? partOf(exchange, record) : undefined;
  const range = part?.range ?? parseRange(exchange.headers['range'], sizeBytes);
  if (part?.count !== undefined) headers.push('x-amz-mp-parts-count', String(part.count));
  if (range !== undefined) headers.push('Content-Range', contentRange(range, sizeBytes));
  const served = range ?? whole;
  writeMetadata(headers, record.metadata, overridesOf(exchange));
  if (record.tags.length > 0) headers.push('x-amz-tagging-count', String(record.tags.length));
  if (exchange.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED') {
    // A checksum of the whole does not describe a range of it.
    if (part !== undefined) writeChecksumHeaders(headers, part.checksums);
    else if (range === undefined) writeChecksumHeaders(headers, record.checksums);
  }
  // Last: Node decodes a Content-Disposition that follows it as UTF-8, and then finds characters in it that no header may hold.
  headers.push('Content-Length', String(served.endExclusive - served.start));
  return { status: range === undefined ? 200 : 206, range: served, headers };
}

interface SelectedPart {
  /** Undefined: the object is empty, and is served whole. */
  readonly range: ByteRange | undefined;
  /** Undefined for an object that was not uploaded in parts. */
  readonly count: number | undefined;
  readonly checksums: ObjectRecord['checksums'];
}

/** The part that `partNumber` names; an object that was not uploaded in parts is its own first part. */
function partOf(exchange: Exchange, record: ObjectRecord): SelectedPart {
  const number = integerParameter(exchange, 'partNumber', { fallback: 0, min: 1, max: MAX_PART_NUMBER });
  if (record.parts.length === 0) {
    if (number !== 1) throw noSuchPart(number, 1);
    const sizeBytes = Number(record.sizeBytes);
    return { range: sizeBytes === 0 ? undefined : { start: 0, endExclusive: sizeBytes }, count: undefined, checksums: record.checksums };
  }
  let start = 0;
  for (const part of record.parts) {
    const endExclusive = start + Number(part.sizeBytes);
    if (part.number === number) {
      const composite = record.checksums[0]?.composite ?? false; // S3 gives a part's checksum the type of the whole
      const checksums = part.checksums.map((checksum) => ({ ...checksum, composite }));
      return { range: endExclusive === start ? undefined : { start, endExclusive }, count: record.parts.length, checksums };
    }
    start = endExclusive;
  }
  throw noSuchPart(number, record.parts.length);
}

function noSuchPart(number: number, count: number): S3Error {
  return new S3Error('InvalidPartNumber', { fields: { PartNumberRequested: String(number), ActualPartCount: String(count) } });
}

function overridesOf(exchange: Exchange): ReadonlyMap<string, string> {
  const { query } = exchange;
  if (query.size === 0) return NO_OVERRIDES;
  const overrides = namedOverrides(query);
  if (overrides.size > 0 && exchange.principal === undefined) {
    throw new S3Error('InvalidRequest', { message: 'Request specific response headers cannot be used for anonymous GET requests.' });
  }
  return overrides;
}

function namedOverrides(query: Query): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>();
  for (const [parameter, header] of OVERRIDES) {
    const value = query.get(parameter);
    if (value === undefined) continue;
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      throw new S3Error('InvalidArgument', { fields: { ArgumentName: parameter, ArgumentValue: value } });
    overrides.set(header, value);
  }
  return overrides;
}
