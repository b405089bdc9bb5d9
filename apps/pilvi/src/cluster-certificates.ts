import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createClusterAuthority, issueCertificate, loadCredentials, saveCredentials } from '@pilvi/transport';
import type { ClusterAuthority } from '@pilvi/transport';

/**
 * The directory with the certificate of each process. The authority is made at the first start and kept in `<tls dir>/authority`;
 * the certificates are made anew at every start, so that none expires in use. Nothing but these depends on the authority: one that is damaged is
 * set aside as `authority.damaged`, and a new one made.
 */
export async function issueCertificates(tlsDir: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  try {
    return await issueAll(tlsDir, names);
  } catch {
    const aside = join(tlsDir, 'authority.damaged');
    await rm(aside, { recursive: true, force: true });
    await rename(join(tlsDir, 'authority'), aside);
    return issueAll(tlsDir, names);
  }
}

/** Makes the certificate of one process anew when what lies there cannot be used; true when it did. */
export async function mendCertificate(tlsDir: string, name: string): Promise<boolean> {
  const isSound = await loadCredentials(join(tlsDir, name)).then(
    () => true,
    () => false,
  );
  if (!isSound) await issue(await createClusterAuthority(join(tlsDir, 'authority')), tlsDir, name);
  return !isSound;
}

async function issueAll(tlsDir: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const authority = await createClusterAuthority(join(tlsDir, 'authority'));
  const dirs = new Map<string, string>();
  for (const name of names) dirs.set(name, await issue(authority, tlsDir, name));
  return dirs;
}

/** Throws when what was issued cannot be used: the authority is damaged then. */
async function issue(authority: ClusterAuthority, tlsDir: string, name: string): Promise<string> {
  const dir = join(tlsDir, name);
  await saveCredentials(dir, await issueCertificate(authority, { name, hosts: ['127.0.0.1', 'localhost'] }));
  await loadCredentials(dir);
  return dir;
}
