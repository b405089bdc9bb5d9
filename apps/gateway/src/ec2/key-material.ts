import { createHash, createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { QueryError } from '@pilvi/aws-query';
import type { KeyPairRecord } from '@pilvi/compute-model';
import ssh2 from 'ssh2';

const { utils } = ssh2;
const RSA_BITS = 2048;
const TYPES: Readonly<Record<string, KeyPairRecord['keyType']>> = { 'ssh-rsa': 'rsa', 'ssh-ed25519': 'ed25519' };
const LEAST_RSA_BITS = 1024;

export interface KeyMaterial extends Pick<KeyPairRecord, 'keyType' | 'fingerprint' | 'publicKey'> {
  /** PEM; only of a pair made here, and kept nowhere. */
  readonly privateKey: string;
}

/** A fresh pair. RSA keys are in PKCS #1 form, as those of EC2; Ed25519 keys in OpenSSH's. */
export async function makeKeyPair(keyType: KeyPairRecord['keyType'], keyName: string): Promise<KeyMaterial> {
  const privateKey = keyType === 'rsa' ? await rsaPem() : ed25519Key();
  const blob = blobOf(privateKey);
  const publicKey = `${keyType === 'rsa' ? 'ssh-rsa' : 'ssh-ed25519'} ${blob.toString('base64')} ${keyName}`;
  const fingerprint =
    keyType === 'rsa'
      ? colons(
          createHash('sha1')
            .update(createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'der' }))
            .digest(),
        )
      : createHash('sha256').update(blob).digest('base64');
  return { keyType, privateKey, publicKey, fingerprint };
}

/** A public key that somebody else made, in OpenSSH's format. Throws InvalidKey.Format. Source: ImportKeyPair, EC2 API reference. */
export function readPublicKey(material: Buffer): Omit<KeyMaterial, 'privateKey'> {
  const key = utils.parseKey(material);
  const keyType = key instanceof Error ? undefined : TYPES[key.type];
  if (key instanceof Error || keyType === undefined || key.isPrivateKey())
    throw new QueryError('InvalidKey.Format', 'Key is not in valid OpenSSH public key format');
  const blob = key.getPublicSSH();
  const publicKey = [key.type, blob.toString('base64'), ...(key.comment === '' ? [] : [key.comment])].join(' ');
  if (keyType === 'ed25519') return { keyType, publicKey, fingerprint: createHash('sha256').update(blob).digest('base64') };
  const spki = createPublicKey(key.getPublicPEM());
  if ((spki.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS)
    throw new QueryError('InvalidKey.Format', `RSA keys have ${LEAST_RSA_BITS} bits at least`);
  const der = spki.export({ type: 'spki', format: 'der' });
  return { keyType, publicKey, fingerprint: colons(createHash('md5').update(der).digest()) };
}

async function rsaPem(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  return privateKey.export({ type: 'pkcs1', format: 'pem' });
}

/** In one of some hundred pairs ssh2 1.17 leaves a byte of the private key out: such a pair is not given away. */
function ed25519Key(): string {
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519');
    const key = utils.parseKey(pair.private);
    if (!(key instanceof Error) && pair.public.includes(key.getPublicSSH().toString('base64'))) return pair.private;
  }
}

function blobOf(privateKey: string): Buffer {
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return key.getPublicSSH();
}

function colons(digest: Buffer): string {
  return digest.toString('hex').replace(/..(?=.)/g, '$&:');
}
