import { CHECKSUM_ALGORITHMS, digestSizeBytes, type ChecksumAlgorithm } from '@pilvi/checksums';
import type { RequestHeaders } from '../request-head.ts';
import { S3Error } from '../s3-error.ts';

/** What the client says its body's digests are. */
export interface ClaimedDigests {
  /** Base64 of 16 bytes. */
  readonly md5: string | undefined;
  readonly checksum: ClaimedChecksum | undefined;
}

export interface ClaimedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; undefined while it is to come in the trailer. */
  readonly value: string | undefined;
}

const PREFIX = 'x-amz-checksum-';
const BY_HEADER: ReadonlyMap<string, ChecksumAlgorithm> = new Map(CHECKSUM_ALGORITHMS.map((each) => [checksumHeader(each), each]));
/** These share the prefix and hold no checksum. */
const NOT_CHECKSUMS: ReadonlySet<string> = new Set(['x-amz-checksum-algorithm', 'x-amz-checksum-type', 'x-amz-checksum-mode']);

/** `x-amz-checksum-crc32` */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return PREFIX + algorithm.toLowerCase();
}

/**
 * Content-MD5, one `x-amz-checksum-*` header or its announcement in `x-amz-trailer`. Throws InvalidDigest and InvalidRequest.
 * Source: "Checking object integrity in Amazon S3", S3 user guide.
 */
export function readClaimedDigests(headers: RequestHeaders): ClaimedDigests {
  const checksums: ClaimedChecksum[] = [];
  for (const name in headers) {
    if (!name.startsWith(PREFIX) || NOT_CHECKSUMS.has(name)) continue;
    const algorithm = algorithmOf(name, unsupported);
    checksums.push({ algorithm, value: checkedValue(algorithm, headers[name] ?? '', `${name} header`) });
  }
  for (const name of (headers['x-amz-trailer'] ?? '').split(',')) {
    if (name.trim() !== '') checksums.push({ algorithm: algorithmOf(name.trim().toLowerCase(), unknownTrailer), value: undefined });
  }
  const [checksum, second] = checksums;
  if (second !== undefined) {
    throw new S3Error('InvalidRequest', {
      message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    });
  }
  checkNamedAlgorithm(headers['x-amz-sdk-checksum-algorithm'], checksum);
  return { md5: readContentMd5(headers['content-md5']), checksum };
}

/** The checksum in a trailer, well-formed. Throws MalformedTrailerError when it is not there, or another thing is. */
export function readTrailingChecksum(algorithm: ChecksumAlgorithm | undefined, fields: ReadonlyMap<string, string>): string | undefined {
  const name = algorithm === undefined ? undefined : checksumHeader(algorithm);
  for (const field of fields.keys()) if (field !== name) throw new S3Error('MalformedTrailerError');
  if (algorithm === undefined || name === undefined) return undefined;
  const value = fields.get(name);
  if (value === undefined) throw new S3Error('MalformedTrailerError');
  return checkedValue(algorithm, value, `${name} trailing header`);
}

function algorithmOf(header: string, otherwise: () => S3Error): ChecksumAlgorithm {
  const algorithm = BY_HEADER.get(header);
  if (algorithm === undefined) throw otherwise();
  return algorithm;
}

function unsupported(): S3Error {
  return new S3Error('InvalidRequest', {
    message: `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${CHECKSUM_ALGORITHMS.join(', ')}]`,
  });
}

function unknownTrailer(): S3Error {
  return new S3Error('InvalidRequest', { message: 'The value specified in the x-amz-trailer header is not supported' });
}

function checkedValue(algorithm: ChecksumAlgorithm, value: string, where: string): string {
  if (isBase64Of(value, digestSizeBytes(algorithm))) return value;
  throw new S3Error('InvalidRequest', { message: `Value for ${where} is invalid.` });
}

function checkNamedAlgorithm(named: string | undefined, checksum: ClaimedChecksum | undefined): void {
  if (named === undefined || named === '') return;
  if (!CHECKSUM_ALGORITHMS.some((each) => each === named.toUpperCase())) throw unsupported();
  if (checksum === undefined) {
    throw new S3Error('InvalidRequest', {
      message: 'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    });
  }
  if (checksum.algorithm !== named.toUpperCase()) {
    throw new S3Error('InvalidRequest', { message: 'Value for x-amz-sdk-checksum-algorithm header is invalid.' });
  }
}

function readContentMd5(value: string | undefined): string | undefined {
  if (value === undefined || isBase64Of(value, 16)) return value;
  throw new S3Error('InvalidDigest', { fields: { 'Content-MD5': value } });
}

function isBase64Of(value: string, sizeBytes: number): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === sizeBytes && bytes.toString('base64') === value;
}
