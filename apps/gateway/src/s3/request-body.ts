import type { ChecksumAlgorithm } from '@pilvi/contracts/index/v1/record';
import type { IncomingBody } from '@pilvi/object-store';

/** The body of a request, not yet read. One of the two readers may be called, once. */
export interface RequestBody {
  /** The client sent a digest of it: Content-MD5, or a checksum in a header or trailer. */
  readonly hasDigest: boolean;
  /** Of the client's checksum; undefined when it sent none. */
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  /** All of a small document, its signature and digests verified. Throws MaxMessageLengthExceeded, BadDigest, ... */
  readDocument(maxBytes: number): Promise<Buffer>;
  /** Bytes to store: MD5, the client's checksum, and `also` are computed on the way. Throws MissingContentLength and EntityTooLarge. */
  open(maxBytes: number, also?: readonly ChecksumAlgorithm[]): IncomingBody;
}
