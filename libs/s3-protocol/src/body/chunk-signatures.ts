import { createHash, hash, type Hash } from 'node:crypto';
import { S3Error } from '../s3-error.ts';
import type { SignatureSeed } from '../sigv4/authentication.ts';
import { checkSignature } from '../sigv4/string-to-sign.ts';

const EMPTY_SHA256 = hash('sha256', '');

/**
 * The chain of signatures of one aws-chunked body: each covers its chunk and the signature before it, so that none can be changed,
 * left out or moved. Source: "Signature calculations for the Authorization header: transferring payload in multiple chunks"
 * and "... including trailing headers", S3 API reference.
 */
export class ChunkSignatures {
  readonly #seed: SignatureSeed;
  #previous: string;
  #claimed = '';
  #data: Hash | undefined;

  constructor(seed: SignatureSeed) {
    this.#seed = seed;
    this.#previous = seed.signature;
  }

  /** A chunk begins, whose header claims this signature. */
  begin(claimed: string): void {
    this.#claimed = claimed;
    this.#data = undefined;
  }

  update(data: Buffer): void {
    (this.#data ??= createHash('sha256')).update(data);
  }

  /** All of the chunk has come. Throws SignatureDoesNotMatch. */
  end(): void {
    this.#check('PAYLOAD', this.#claimed, `${EMPTY_SHA256}\n${this.#data === undefined ? EMPTY_SHA256 : this.#data.digest('hex')}`);
  }

  /** Throws MalformedTrailerError without a signature, SignatureDoesNotMatch with a wrong one. */
  checkTrailer(canonicalTrailer: string, claimed: string | undefined): void {
    if (claimed === undefined) throw new S3Error('MalformedTrailerError');
    this.#check('TRAILER', claimed, hash('sha256', canonicalTrailer));
  }

  #check(kind: 'PAYLOAD' | 'TRAILER', claimed: string, hashes: string): void {
    const { amzDate, scope } = this.#seed;
    checkSignature(`AWS4-HMAC-SHA256-${kind}\n${amzDate}\n${scope}\n${this.#previous}\n${hashes}`, claimed, this.#seed);
    this.#previous = claimed;
  }
}
