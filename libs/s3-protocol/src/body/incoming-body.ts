import assert from 'node:assert/strict';
import type { ChecksumAlgorithm } from '@pilvi/checksums';
import type { Checksum } from '@pilvi/contracts/index/v1/record';
import type { RequestHeaders } from '../request-head.ts';
import { S3Error } from '../s3-error.ts';
import type { SignatureSeed } from '../sigv4/authentication.ts';
import type { PayloadForm } from '../sigv4/payload-form.ts';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { BodyDigests } from './body-digests.ts';
import { declaredSize } from './body-size.ts';
import { ChunkSignatures } from './chunk-signatures.ts';
import { readClaimedDigests, readTrailingChecksum, type ClaimedDigests } from './claimed-digests.ts';
import { plainDecoder, type BodyDecoder } from './plain-body.ts';

/** Of one PutObject or UploadPart. Source: "Amazon S3 multipart upload limits", S3 user guide. */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** A body on its way in, as the object store takes it. */
export interface OpenBody {
  /** Decoded length in bytes, declared by the client. */
  readonly sizeBytes: number;
  /** The decoded bytes, to be read once; throws S3Error for whatever is wrong with them, their digests included. */
  readonly bytes: AsyncIterable<Buffer>;
  /** After the last byte: the MD5 in hexadecimal, and the checksums to keep, the claimed one first. */
  finish(): { etag: string; checksums: Checksum[] };
}

export interface BodyOptions {
  /** 5 GiB unless given. */
  readonly maxSizeBytes?: number;
  /** Checksums to compute beside the one the client claims. Undefined: CRC64NVME if it claims none, as S3 does. */
  readonly also?: readonly ChecksumAlgorithm[];
}

/** What `authenticate` says of the body: any `Authentication` is one. */
export interface BodyAuthentication {
  readonly payload: PayloadForm;
  readonly seed?: SignatureSeed;
}

/**
 * Opens the body of a request whose head was authenticated. What the headers alone tell is checked at once; the bytes are decoded,
 * verified and digested as they are pulled. Throws S3Error.
 *
 * `source` is best made by `request.iterator({ destroyOnReturn: false })`: otherwise Node cuts the connection when reading stops at an
 * error, before the client is told. `headers` are the request's own: S3 ignores checksums in the query of a presigned URL, where
 * the AWS SDK for JavaScript leaves that of an empty body.
 */
export function openIncomingBody(
  source: AsyncIterable<Buffer>,
  headers: RequestHeaders,
  authentication: BodyAuthentication,
  options: BodyOptions = {},
): OpenBody {
  const claimed = readClaimedDigests(headers);
  const algorithms = options.also ?? (claimed.checksum === undefined ? (['CRC64NVME'] as const) : []);
  const sizeBytes = declaredSize(headers, authentication.payload, options.maxSizeBytes ?? MAX_PUT_BYTES);
  return openBody(source, authentication, { claimed, algorithms, etag: true, sizeBytes });
}

/** All of a small document, verified. Throws S3Error, MaxMessageLengthExceeded for one that is longer than allowed. */
export async function readDocument(
  source: AsyncIterable<Buffer>,
  headers: RequestHeaders,
  authentication: BodyAuthentication,
  maxSizeBytes: number,
): Promise<Buffer> {
  const claimed = readClaimedDigests(headers);
  const sizeBytes = declaredSize(headers, authentication.payload, Number.MAX_SAFE_INTEGER);
  if (sizeBytes > maxSizeBytes) {
    throw new S3Error('MaxMessageLengthExceeded', { fields: { MaxMessageLengthBytes: String(maxSizeBytes) } });
  }
  const body = openBody(source, authentication, { claimed, algorithms: [], etag: false, sizeBytes });
  const pieces: Buffer[] = [];
  for await (const piece of body.bytes) pieces.push(piece);
  body.finish();
  return Buffer.concat(pieces);
}

interface Opening {
  readonly claimed: ClaimedDigests;
  readonly algorithms: readonly ChecksumAlgorithm[];
  readonly etag: boolean;
  readonly sizeBytes: number;
}

function openBody(source: AsyncIterable<Buffer>, authentication: BodyAuthentication, opening: Opening): OpenBody {
  const { payload } = authentication;
  const { claimed, sizeBytes } = opening;
  const announced = claimed.checksum !== undefined && claimed.checksum.value === undefined ? claimed.checksum.algorithm : undefined;
  if (announced !== undefined && (payload.kind !== 'chunked' || !payload.trailer)) {
    throw new S3Error('InvalidRequest', { message: 'The value specified in the x-amz-trailer header is not supported' });
  }
  const decoder = decoderFor(authentication, sizeBytes);
  const digests = new BodyDigests({ ...opening, sha256: payload.kind === 'sha256' ? payload.hex : undefined });
  let result: ReturnType<OpenBody['finish']> | undefined;
  const settle = (): void => {
    result = digests.finish(readTrailingChecksum(announced, decoder.end()));
  };
  return {
    sizeBytes,
    bytes: decoded(source, decoder, digests, settle),
    finish: () => {
      if (result === undefined && sizeBytes === 0 && payload.kind !== 'chunked') settle(); // there was nothing to read
      assert(result !== undefined, 'a body is finished only after its last byte was read');
      return result;
    },
  };
}

function decoderFor({ payload, seed }: BodyAuthentication, sizeBytes: number): BodyDecoder {
  if (payload.kind !== 'chunked') return plainDecoder(sizeBytes);
  if (!payload.signed) return new AwsChunkedDecoder({ sizeBytes, signatures: undefined, trailer: payload.trailer });
  assert(seed !== undefined, 'chunk signatures go on from the signature of a signed head');
  return new AwsChunkedDecoder({ sizeBytes, signatures: new ChunkSignatures(seed), trailer: payload.trailer });
}

async function* decoded(
  source: AsyncIterable<Buffer>,
  decoder: BodyDecoder,
  digests: BodyDigests,
  settle: () => void,
): AsyncGenerator<Buffer> {
  try {
    for await (const piece of source) {
      for (const data of decoder.push(piece)) {
        digests.update(data);
        yield data;
      }
    }
  } catch (error) {
    if (!isLostConnection(error)) throw error;
    throw new S3Error('IncompleteBody', { cause: error });
  }
  settle();
}

/** The client went away: what it sent is not what it declared. */
function isLostConnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR';
}
