import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { EnrolmentError } from './errors.ts';

const SCHEME = 'pilvi1';
const ID_BYTES = 8;
const SECRET_BYTES = 32;
/** What comes before the secret in the PKCS#8 form of an Ed25519 key (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** What a person carries to the machine that is to join. */
export interface JoinToken {
  /** Names it; no secret. */
  readonly id: string;
  /** Seed of an Ed25519 key: it signs, and is never sent. */
  readonly secret: Buffer;
  /** SHA-256 of the public key of the cluster's authority: with no other authority this token is of use. */
  readonly pin: Buffer;
}

export function createJoinToken(random: (bytes: number) => Buffer, authorityCertificate: string): JoinToken {
  return { id: random(ID_BYTES).toString('hex'), secret: random(SECRET_BYTES), pin: pinOf(authorityCertificate) };
}

/** `pilvi1.<id>.<secret>.<pin>`. */
export function formatJoinToken({ id, secret, pin }: JoinToken): string {
  return [SCHEME, id, secret.toString('base64url'), pin.toString('base64url')].join('.');
}

/** Throws EnrolmentError `malformed`. */
export function parseJoinToken(text: string): JoinToken {
  const [scheme, id = '', secret = '', pin = '', ...more] = text.trim().split('.');
  const token = { id, secret: Buffer.from(secret, 'base64url'), pin: Buffer.from(pin, 'base64url') };
  const isWhole = /^[0-9a-f]{16}$/.test(id) && token.secret.length === SECRET_BYTES && token.pin.length === SECRET_BYTES;
  if (scheme !== SCHEME || !isWhole || more.length > 0)
    throw new EnrolmentError('malformed', 'this is no join token: make one on a machine with a gateway, by: npx pilvi token create');
  return token;
}

/** SHA-256 of a certificate's public key (SubjectPublicKeyInfo), as kubeadm and HPKP pin one. */
export function pinOf(certificate: string): Buffer {
  const spki = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest();
}

export function signingKeyOf({ secret }: Pick<JoinToken, 'secret'>): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secret]), format: 'der', type: 'pkcs8' });
}

/** All that a cluster keeps of a token: it tells who holds the token from who does not, and is of no use to whoever steals it. PEM. */
export function verifierOf(token: Pick<JoinToken, 'secret'>): string {
  return createPublicKey(signingKeyOf(token)).export({ type: 'spki', format: 'pem' });
}
