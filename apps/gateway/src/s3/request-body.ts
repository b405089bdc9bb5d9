import type { IncomingMessage, ServerResponse } from 'node:http';
import { fromStoredAlgorithm, toStoredAlgorithm } from '@pilvi/checksums';
import type { ChecksumAlgorithm } from '@pilvi/contracts/index/v1/record';
import type { IncomingBody } from '@pilvi/object-store';
import { type BodyAuthentication, openIncomingBody, readClaimedDigests, readDocument } from '@pilvi/s3-protocol';
import type { RequestHeaders } from './request-headers.ts';

/** The body of a request, not yet read. One of the two readers may be called, once. */
export interface RequestBody {
  /** The client sent a digest of it: Content-MD5, or a checksum in a header or trailer. */
  hasDigest(): boolean;
  /** Of the client's checksum; undefined when it sent none. */
  checksumAlgorithm(): ChecksumAlgorithm | undefined;
  /** All of a small document, its signature and digests verified. Throws MaxMessageLengthExceeded, BadDigest, ... */
  readDocument(maxBytes: number): Promise<Buffer>;
  /** The same where the checksum headers speak of an object, and not of the document (CompleteMultipartUpload). */
  readDocumentAboutObject(maxBytes: number): Promise<Buffer>;
  /** Bytes to store: MD5, the client's checksum, and `also` (by default CRC64NVME if the client sent none) are computed on the way. */
  open(maxBytes: number, also?: readonly ChecksumAlgorithm[]): IncomingBody;
}

/** Nothing is read, and a client that waits for `100 Continue` is not told to go on, before a verb asks for the body. */
export function requestBody(
  request: IncomingMessage,
  response: ServerResponse,
  headers: RequestHeaders,
  authentication: BodyAuthentication,
): RequestBody {
  // Ending early must not cut the connection before the error is told (see unread-body.ts).
  const source = (): AsyncIterable<Buffer> => request.iterator({ destroyOnReturn: false });
  const admit = (): void => {
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  };
  const read = (described: RequestHeaders, maxBytes: number): Promise<Buffer> => {
    admit();
    return readDocument(source(), hasBody(request) ? described : { ...described, 'content-length': '0' }, authentication, maxBytes);
  };
  return {
    hasDigest: () => {
      const { md5, checksum } = readClaimedDigests(headers);
      return md5 !== undefined || checksum !== undefined;
    },
    checksumAlgorithm: () => {
      const { checksum } = readClaimedDigests(headers);
      return checksum === undefined ? undefined : toStoredAlgorithm(checksum.algorithm);
    },
    readDocument: (maxBytes) => read(headers, maxBytes),
    readDocumentAboutObject: (maxBytes) => read(withoutChecksums(headers), maxBytes),
    open: (maxSizeBytes, also) => {
      const algorithms = also?.flatMap((algorithm) => fromStoredAlgorithm(algorithm) ?? []);
      const options = algorithms === undefined ? { maxSizeBytes } : { maxSizeBytes, also: algorithms };
      const body = openIncomingBody(source(), headers, authentication, options);
      admit();
      return body;
    },
  };
}

/** By HTTP's rules a request that declares no body has none. */
function hasBody(request: IncomingMessage): boolean {
  return request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
}

function withoutChecksums(headers: RequestHeaders): RequestHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-')));
}
