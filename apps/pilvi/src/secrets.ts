import { chmod, chown, mkdir, readdir } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { createClusterAuthority, issueCertificate, loadCredentials, saveCredentials } from '@pilvi/transport';
import type { ClusterAuthority } from '@pilvi/transport';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { ensureRootKey, keepRootKey } from './root-key.ts';

/** A certificate that ends within this time is issued anew: the next start may be far away. */
const RENEW_BEFORE_MS = 90 * 86_400_000;

/** Names of the processes that need secrets, and the user and group who may read them. */
export interface SecretsRequest {
  readonly gateway: readonly string[];
  readonly storageNode: readonly string[];
  readonly etcd: readonly string[];
  /** `uid:gid` of gateways and storage nodes. etcd's are of whoever runs this command. */
  readonly owner: string | undefined;
}

/**
 * `pilvi secrets DIR`: makes what is not there yet, and leaves what is. In DIR each process has a directory of its own, to be mounted where
 * only it can read: `NAME/{ca,cert,key}.pem`, and for a gateway `etcd/` with the same and `root-key.json`. `authority/` has the keys that
 * issue certificates; no process needs it. The cluster and etcd have authorities of their own, so that a storage node cannot speak to etcd.
 * Throws CommandError `bad-setting` and TransportError `bad-certificate`.
 */
export async function secrets(
  config: Pick<Config, 'rootKey'>,
  dir: string,
  request: SecretsRequest,
  say: (line: string) => void,
): Promise<void> {
  const owner = parseOwner(request.owner);
  const authorityDir = join(dir, 'authority');
  await mkdir(authorityDir, { recursive: true, mode: 0o700 });
  await chmod(authorityDir, 0o700);
  const cluster = await createClusterAuthority(join(authorityDir, 'cluster'));
  for (const name of [...request.gateway, ...request.storageNode]) {
    await ensureCertificate(cluster, { dir: join(dir, name), name, say });
  }
  if (request.gateway.length + request.etcd.length > 0) {
    const etcd = await createClusterAuthority(join(authorityDir, 'etcd'));
    for (const name of request.gateway) await ensureCertificate(etcd, { dir: join(dir, name, 'etcd'), name, say });
    for (const name of request.etcd) await ensureCertificate(etcd, { dir: join(dir, name), name, say });
  }
  if (request.gateway.length > 0) {
    const rootKey = await ensureRootKey({ dataDir: authorityDir, rootKey: config.rootKey });
    for (const name of request.gateway) await keepRootKey(join(dir, name), rootKey);
    say(`root access key: ${rootKey.accessKeyId}`);
  }
  if (owner === undefined) return;
  for (const name of [...request.gateway, ...request.storageNode]) await giveTo(owner, join(dir, name));
}

/** Leaves a certificate that this authority issued and that is good for long. */
async function ensureCertificate(
  authority: ClusterAuthority,
  { dir, name, say }: { dir: string; name: string; say: (line: string) => void },
) {
  const present = await loadCredentials(dir).catch(() => undefined);
  if (present?.ca === authority.certificate && Date.parse(new X509Certificate(present.cert).validTo) > Date.now() + RENEW_BEFORE_MS) return;
  await saveCredentials(dir, await issueCertificate(authority, { name, hosts: ['localhost', '127.0.0.1'] }));
  await chmod(dir, 0o700);
  say(`issued a certificate: ${dir}`);
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

function parseOwner(text: string | undefined): Owner | undefined {
  if (text === undefined) return undefined;
  const parts = /^(\d+):(\d+)$/.exec(text);
  if (parts === null) throw new CommandError('bad-setting', `--owner must be UID:GID in numbers, not "${text}"`);
  return { uid: Number(parts[1]), gid: Number(parts[2]) };
}

/** All of it, whatever an interrupted run had left. */
async function giveTo({ uid, gid }: Owner, dir: string): Promise<void> {
  for (const entry of await readdir(dir, { recursive: true })) await chown(join(dir, entry), uid, gid);
  await chown(dir, uid, gid);
}
