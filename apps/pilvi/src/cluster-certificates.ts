import { join } from 'node:path';
import { createClusterAuthority, issueCertificate, saveCredentials } from '@pilvi/transport';

/**
 * The directory with the certificate of each process. The authority is made at the first start and kept in `<tls dir>/authority`;
 * the certificates are made anew at every start, so that none expires in use.
 */
export async function issueCertificates(tlsDir: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const authority = await createClusterAuthority(join(tlsDir, 'authority'));
  const dirs = new Map<string, string>();
  for (const name of names) {
    const dir = join(tlsDir, name);
    await saveCredentials(dir, await issueCertificate(authority, { name, hosts: ['127.0.0.1', 'localhost'] }));
    dirs.set(name, dir);
  }
  return dirs;
}
