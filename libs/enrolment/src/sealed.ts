import { createCipheriv, createDecipheriv, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { EnrolmentError } from './errors.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** One side of a key agreement (X25519): a key of this exchange alone, so that what was recorded stays closed when a token becomes known later. */
export interface Exchange {
  /** DER, base64url. */
  readonly publicKey: string;
  seal(otherKey: string, context: string, text: string): string;
  /** Throws EnrolmentError `not-authentic`. */
  open(otherKey: string, context: string, sealed: string): string;
}

export function createExchange(): Exchange {
  const own = generateKeyPairSync('x25519');
  return {
    publicKey: own.publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
    seal(otherKey, context, text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, agree(own.privateKey, otherKey, context), iv);
      return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    open(otherKey, context, sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      try {
        const decipher = createDecipheriv(CIPHER, agree(own.privateKey, otherKey, context), bytes.subarray(0, IV_BYTES));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new EnrolmentError('not-authentic', 'what was sealed cannot be opened', { cause });
      }
    },
  };
}

/** The key of both sides for one context (RFC 5869). Throws EnrolmentError `malformed` for what is no X25519 key. */
function agree(privateKey: KeyObject, otherKey: string, context: string): Buffer {
  let shared: Buffer;
  try {
    const publicKey = createPublicKey({ key: Buffer.from(otherKey, 'base64url'), format: 'der', type: 'spki' });
    shared = diffieHellman({ privateKey, publicKey });
  } catch (cause) {
    throw new EnrolmentError('malformed', 'no key to agree with', { cause });
  }
  return Buffer.from(hkdfSync('sha256', shared, context, 'pilvi enrolment', KEY_BYTES));
}
