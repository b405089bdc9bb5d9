import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { writeFileAtomic } from '@pilvi/runtime';
import { TransportError } from './errors.ts';
import { CLUSTER_SERVER_NAME } from './security.ts';
import type { TlsSecurity } from './security.ts';

cryptoProvider.set(webcrypto as unknown as Crypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
const CERTIFICATE_DAYS = 825;
/** Clocks of hosts differ: a certificate is valid from a little before it was made. */
const BACKDATE_MS = 3_600_000;

const CA_FILE = 'ca.pem';
const CA_KEY_FILE = 'ca-key.pem';
const CERT_FILE = 'cert.pem';
const KEY_FILE = 'key.pem';

/** The authority of one cluster: who holds its key decides who belongs to the cluster. */
export interface ClusterAuthority {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS#8. Stays where certificates are issued; no node needs it. */
  readonly key: string;
}

/** Loads the authority in `dir` (`ca.pem`, `ca-key.pem`), or makes it, files mode 0600. Throws TransportError `bad-certificate`. */
export async function createClusterAuthority(dir: string): Promise<ClusterAuthority> {
  const [certificate, key] = await Promise.all([readIfThere(join(dir, CA_FILE)), readIfThere(join(dir, CA_KEY_FILE))]);
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate !== undefined) {
    throw new TransportError(
      'bad-certificate',
      `${join(dir, CA_KEY_FILE)} is missing: the cluster's authority cannot issue certificates without its key`,
    );
  }
  const made = await makeAuthority();
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // The key first: a certificate is only ever found with its key (a key alone is from a start that did not finish, and replaced).
  await writeFileAtomic(join(dir, CA_KEY_FILE), made.key);
  await writeFileAtomic(join(dir, CA_FILE), made.certificate);
  return made;
}

async function makeAuthority(): Promise<ClusterAuthority> {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=Pilvi cluster ${serialNumber().slice(0, 8)}`,
    notBefore: new Date(Date.now() - BACKDATE_MS),
    notAfter: new Date(Date.now() + AUTHORITY_DAYS * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/**
 * A certificate for one process, good as server and as client, valid 825 days (RFC 5280). It carries the cluster's common name,
 * its own name, and `hosts` (names or IP addresses).
 */
export async function issueCertificate(
  authority: ClusterAuthority,
  { name, hosts = [] }: { name: string; hosts?: readonly string[] },
): Promise<TlsSecurity> {
  const issuer = parseCertificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), ALGORITHM, false, ['sign']);
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${name}`,
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - BACKDATE_MS),
    notAfter: new Date(Math.min(Date.now() + CERTIFICATE_DAYS * DAY_MS, issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: signingKey as CryptoKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension(
        [CLUSTER_SERVER_NAME, name, ...hosts].map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { kind: 'tls', ca: authority.certificate, cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** Writes `ca.pem`, `cert.pem` and `key.pem` to a directory, mode 0600. */
export async function saveCredentials(dir: string, security: TlsSecurity): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(dir, KEY_FILE), security.key);
  await writeFileAtomic(join(dir, CERT_FILE), security.cert);
  await writeFileAtomic(join(dir, CA_FILE), security.ca);
}

/** Reads what `saveCredentials` wrote. Throws TransportError `bad-certificate` when a file is missing, or the certificate is expired. */
export async function loadCredentials(dir: string): Promise<TlsSecurity> {
  const [ca, cert, key] = await Promise.all([CA_FILE, CERT_FILE, KEY_FILE].map((file) => readIfThere(join(dir, file))));
  if (ca === undefined || cert === undefined || key === undefined) {
    throw new TransportError('bad-certificate', `${dir} must hold ${CA_FILE}, ${CERT_FILE} and ${KEY_FILE}`);
  }
  parseCertificate(ca);
  const { notAfter } = parseCertificate(cert);
  if (notAfter.getTime() < Date.now())
    throw new TransportError('bad-certificate', `the certificate in ${dir} expired on ${notAfter.toISOString()}: issue a new one`);
  return { kind: 'tls', ca, cert, key };
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new TransportError('bad-certificate', `not a certificate: ${(error as Error).message}`, { cause: error });
  }
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(key: CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), PemConverter.PrivateKeyTag);
}

/** Positive and random, at most 20 octets (RFC 5280 4.1.2.2). */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TransportError('bad-certificate', `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
