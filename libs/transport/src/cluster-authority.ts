import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@pilvi/runtime';
import { TransportError } from './errors.ts';
import type { TlsSecurity } from './security.ts';

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
  const { makeAuthority } = await import('./make-certificates.ts');
  const made = await makeAuthority();
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // The key first: a certificate is only ever found with its key (a key alone is from a start that did not finish, and replaced).
  await writeFileAtomic(join(dir, CA_KEY_FILE), made.key);
  await writeFileAtomic(join(dir, CA_FILE), made.certificate);
  return made;
}

/**
 * A certificate for one process, good as server and as client, valid 825 days. It carries the cluster's common name, its own name,
 * and `hosts` (names or IP addresses).
 */
export async function issueCertificate(
  authority: ClusterAuthority,
  { name, hosts = [] }: { name: string; hosts?: readonly string[] },
): Promise<TlsSecurity> {
  // Only who issues certificates loads the library for it (80 ms, and memory that an idle node need not spend).
  const { makeCertificate } = await import('./make-certificates.ts');
  const { certificate, key } = await makeCertificate(authority, name, hosts);
  return { kind: 'tls', ca: authority.certificate, cert: certificate, key };
}

/** A new key, and a request for a certificate over it: the key stays where it was made. PEM texts. */
export async function createSigningRequest(name: string): Promise<{ readonly request: string; readonly key: string }> {
  const { makeSigningRequest } = await import('./make-certificates.ts');
  return makeSigningRequest(name);
}

/** As `issueCertificate`, over the key of a request. PEM; undefined when the request is none, or its maker does not hold the key. */
export async function certifyRequest(
  authority: ClusterAuthority,
  { request, name, hosts = [] }: { request: string; name: string; hosts?: readonly string[] },
): Promise<string | undefined> {
  const { signRequest } = await import('./make-certificates.ts');
  return signRequest(authority, request, [name, ...hosts]);
}

/** Loads the authority in `dir`; undefined when there is none. Throws TransportError `bad-certificate`. */
export async function loadClusterAuthority(dir: string): Promise<ClusterAuthority | undefined> {
  const [certificate, key] = await Promise.all([readIfThere(join(dir, CA_FILE)), readIfThere(join(dir, CA_KEY_FILE))]);
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** Writes `ca.pem`, `cert.pem` and `key.pem` to a directory, mode 0600. */
export async function saveCredentials(dir: string, security: TlsSecurity): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(dir, KEY_FILE), security.key);
  await writeFileAtomic(join(dir, CERT_FILE), security.cert);
  await writeFileAtomic(join(dir, CA_FILE), security.ca);
}

/** Reads what `saveCredentials` wrote. Throws TransportError `bad-certificate` when a file is missing, the three do not belong together, or the certificate is expired. */
export async function loadCredentials(dir: string): Promise<TlsSecurity> {
  const [ca, cert, key] = await Promise.all([CA_FILE, CERT_FILE, KEY_FILE].map((file) => readIfThere(join(dir, file))));
  if (ca === undefined || cert === undefined || key === undefined) {
    throw new TransportError('bad-certificate', `${dir} must hold ${CA_FILE}, ${CERT_FILE} and ${KEY_FILE}`);
  }
  const problem = problemOf(ca, cert, key);
  if (problem !== undefined) throw new TransportError('bad-certificate', `the certificate in ${dir} cannot be used: ${problem}`);
  return { kind: 'tls', ca, cert, key };
}

function problemOf(ca: string, cert: string, key: string): string | undefined {
  try {
    const certificate = new X509Certificate(cert);
    const authority = new X509Certificate(ca);
    if (!authority.verify(authority.publicKey)) return `${CA_FILE} is damaged`;
    if (!certificate.verify(authority.publicKey)) return `it was not issued by ${CA_FILE}`;
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return `${KEY_FILE} is not its key`;
    return Date.parse(certificate.validTo) < Date.now() ? `it expired on ${certificate.validTo}: issue a new one` : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TransportError('bad-certificate', `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
