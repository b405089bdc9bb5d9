import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { CLUSTER_SERVER_NAME } from './security.ts';

cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
const CERTIFICATE_DAYS = 825;
/** Clocks of hosts differ: a certificate is valid from a little before it was made. */
const BACKDATE_MS = 3_600_000;

/** PEM texts; the key is PKCS#8. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

/** A self-signed authority, valid ten years, that signs certificates of processes only (path length 0). */
export async function makeAuthority(): Promise<CertificateAndKey> {
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

/** A certificate for server and client, valid 825 days, for the cluster's common name, its own name, and `hosts` (RFC 5280). */
export async function makeCertificate(authority: CertificateAndKey, name: string, hosts: readonly string[]): Promise<CertificateAndKey> {
  const keys = await makeKeys();
  return { certificate: await sign(authority, keys.publicKey, [name, ...hosts]), key: await exportKey(keys.privateKey) };
}

/** A key, and a request for a certificate over it (PKCS#10): the key need not leave the machine. PEM texts. */
export async function makeSigningRequest(name: string): Promise<{ readonly request: string; readonly key: string }> {
  const keys = await makeKeys();
  const request = await Pkcs10CertificateRequestGenerator.create({ name: `CN=${name}`, keys, signingAlgorithm: ALGORITHM });
  return { request: request.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** A certificate, as `makeCertificate` makes it, over the key of a request. Nothing else of the request is believed. Undefined: it is no request. */
export async function signRequest(
  authority: CertificateAndKey,
  request: string,
  names: readonly [string, ...string[]],
): Promise<string | undefined> {
  const publicKey = await keyOf(request);
  return publicKey === undefined ? undefined : sign(authority, publicKey, names);
}

/** The key of a request whose maker has shown to hold it, if it is of the kind that Pilvi uses. */
async function keyOf(request: string): Promise<CryptoKey | undefined> {
  try {
    const parsed = new Pkcs10CertificateRequest(request);
    const publicKey = await parsed.publicKey.export(ALGORITHM, ['verify']);
    return (await parsed.verify()) ? publicKey : undefined;
  } catch {
    return undefined;
  }
}

async function sign(authority: CertificateAndKey, publicKey: CryptoKey, names: readonly [string, ...string[]]): Promise<string> {
  const issuer = new X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), ALGORITHM, false, ['sign']);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${names[0]}`,
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - BACKDATE_MS),
    notAfter: new Date(Math.min(Date.now() + CERTIFICATE_DAYS * DAY_MS, issuer.notAfter.getTime())),
    publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      // The own name first: at each connection of a peer etcd asks the name service for one after the other, until one is the peer's. Nobody knows the common
      // name, and on a machine without internet it takes seconds to be told so: members lost each other.
      new SubjectAlternativeNameExtension(
        [...new Set([...names, CLUSTER_SERVER_NAME])].map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host })),
      ),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return certificate.toString('pem');
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
