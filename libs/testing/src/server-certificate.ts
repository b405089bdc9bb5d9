import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

/** PEM texts. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const VALID_MS = 30 * 86_400_000;
const BACKDATE_MS = 3_600_000;

/** A self-signed certificate of a server at `localhost`, the loopback addresses and the engine's host, for a month. */
export async function makeServerCertificate(host: string): Promise<CertificateAndKey> {
  // Loaded by those alone who ask for HTTPS.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const crypto = webcrypto;
  x509.cryptoProvider.set(crypto);
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost',
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - BACKDATE_MS),
    notAfter: new Date(Date.now() + VALID_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
        ...(host === 'localhost' ? [] : [{ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host }]),
      ]),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}
