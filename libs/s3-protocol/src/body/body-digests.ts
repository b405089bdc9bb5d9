import { createHasher, toStoredAlgorithm, type ChecksumAlgorithm, type Hasher } from '@pilvi/checksums';
import type { Checksum } from '@pilvi/contracts/index/v1/record';
import { S3Error } from '../s3-error.ts';
import type { ClaimedDigests } from './claimed-digests.ts';

export interface WantedDigests {
  readonly claimed: ClaimedDigests;
  /** Hexadecimal SHA-256 of the whole body that the signature covers. */
  readonly sha256: string | undefined;
  /** Whether the MD5 is wanted as an ETag. */
  readonly etag: boolean;
  /** To be computed beside the claimed one. */
  readonly algorithms: readonly ChecksumAlgorithm[];
}

/** Every digest of one body, in one pass over its bytes. */
export class BodyDigests {
  readonly #wanted: WantedDigests;
  readonly #md5: Hasher | undefined;
  readonly #sha256: Hasher | undefined;
  readonly #checksums = new Map<ChecksumAlgorithm, Hasher>();

  constructor(wanted: WantedDigests) {
    this.#wanted = wanted;
    const { claimed } = wanted;
    if (wanted.etag || claimed.md5 !== undefined) this.#md5 = createHasher('MD5');
    for (const algorithm of claimed.checksum === undefined ? wanted.algorithms : [claimed.checksum.algorithm, ...wanted.algorithms]) {
      if (!this.#checksums.has(algorithm)) this.#checksums.set(algorithm, createHasher(algorithm));
    }
    if (wanted.sha256 !== undefined && !this.#checksums.has('SHA256')) this.#sha256 = createHasher('SHA256');
  }

  update(bytes: Buffer): void {
    this.#md5?.update(bytes);
    this.#sha256?.update(bytes);
    for (const hasher of this.#checksums.values()) hasher.update(bytes);
  }

  /** Compares all that was claimed. Throws XAmzContentSHA256Mismatch and BadDigest. */
  finish(trailingChecksum: string | undefined): { etag: string; checksums: Checksum[] } {
    const { claimed } = this.#wanted;
    const digests = new Map([...this.#checksums].map(([algorithm, hasher]) => [algorithm, hasher.digest()]));
    this.#checkSha256(this.#sha256?.digest() ?? digests.get('SHA256'));
    const md5 = this.#md5?.digest();
    if (claimed.md5 !== undefined && md5?.toString('base64') !== claimed.md5) {
      throw new S3Error('BadDigest', { fields: { ExpectedDigest: claimed.md5, CalculatedDigest: md5?.toString('base64') ?? '' } });
    }
    if (claimed.checksum !== undefined) {
      const { algorithm, value = trailingChecksum } = claimed.checksum;
      if (digests.get(algorithm)?.toString('base64') !== value) {
        throw new S3Error('BadDigest', { message: `The ${algorithm} you specified did not match the calculated checksum.` });
      }
    }
    const checksums = [...digests].map(([algorithm, digest]) => ({
      algorithm: toStoredAlgorithm(algorithm),
      value: digest.toString('base64'),
      composite: false,
    }));
    return { etag: md5?.toString('hex') ?? '', checksums };
  }

  #checkSha256(digest: Buffer | undefined): void {
    const expected = this.#wanted.sha256;
    if (expected === undefined || digest?.toString('hex') === expected) return;
    throw new S3Error('XAmzContentSHA256Mismatch', {
      fields: { ClientComputedContentSHA256: expected, S3ComputedContentSHA256: digest?.toString('hex') ?? '' },
    });
  }
}
