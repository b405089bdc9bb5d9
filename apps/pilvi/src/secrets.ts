import { X509Certificate } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { writeFileAtomic } from '@pilvi/runtime';
import { createClusterAuthority, issueCertificate, loadCredentials, saveCredentials } from '@pilvi/transport';
import type { ClusterAuthority, TlsSecurity } from '@pilvi/transport';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { ensureRootKey, keepRootKey } from './root-key.ts';

/** A certificate that ends within this time is issued anew: the next start may be far away. */
const RENEW_BEFORE_MS = 90 * 86_400_000;

/** Names of the processes that need secrets, and the user and group who may read them. */
export interface SecretsRequest {
  readonly gateway: readonly string[];
  readonly storageNode: readonly string[];
  readonly computeNode: readonly string[];
  readonly etcd: readonly string[];
  readonly loadBalancer: readonly string[];
  /** Names by which clients reach the load balancer, separated by commas. */
  readonly hosts: string;
  /** `uid:gid` of all but etcd. Its own are of whoever runs this command. */
  readonly owner: string | undefined;
}

/**
 * `pilvi secrets DIR`: makes what is not there yet, and leaves what is. In DIR each process has a directory of its own, to be mounted where
 * only it can read: `NAME/{ca,cert,key}.pem`, and for a gateway `etcd/` with the same and `root-key.json`. `authority/` has the keys that
 * issue certificates; no process needs it. The cluster and etcd have authorities of their own, so that a storage node cannot speak to etcd; so has
 * HTTPS, whose `NAME/ca.pem` is for clients to trust (`NAME/bundle.pem`: certificate and key in one, as HAProxy wants it).
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
  const members = [...request.gateway, ...request.storageNode, ...request.computeNode];
  if (members.length > 0) {
    const cluster = await createClusterAuthority(join(authorityDir, 'cluster'));
    for (const name of members) await ensureCertificate(cluster, { dir: join(dir, name), name, say });
  }
  if (request.gateway.length + request.etcd.length > 0) {
    const etcd = await createClusterAuthority(join(authorityDir, 'etcd'));
    for (const name of request.gateway) await ensureCertificate(etcd, { dir: join(dir, name, 'etcd'), name, say });
    for (const name of request.etcd) await ensureCertificate(etcd, { dir: join(dir, name), name, say });
  }
  if (request.loadBalancer.length > 0) {
    const edge = await createClusterAuthority(join(authorityDir, 'edge'));
    const hosts = request.hosts.split(',').filter((host) => host !== '');
    for (const name of request.loadBalancer)
      await bundle(join(dir, name), await ensureCertificate(edge, { dir: join(dir, name), name, hosts, say }));
  }
  if (request.gateway.length > 0) {
    const rootKey = await ensureRootKey({ dataDir: authorityDir, rootKey: config.rootKey });
    for (const name of request.gateway) await keepRootKey(join(dir, name), rootKey);
    say(`root access key: ${rootKey.accessKeyId}`);
  }
  if (owner === undefined) return;
  for (const name of [...members, ...request.loadBalancer]) await giveTo(owner, join(dir, name));
}

interface Wanted {
  readonly dir: string;
  readonly name: string;
  readonly hosts?: readonly string[];
  readonly say: (line: string) => void;
}

/** Leaves a certificate that this authority issued, for all these hosts, and that is good for long. */
async function ensureCertificate(
  authority: ClusterAuthority,
  { dir, name, hosts = ['localhost', '127.0.0.1'], say }: Wanted,
): Promise<TlsSecurity> {
  const present = await loadCredentials(dir).catch(() => undefined);
  if (present?.ca === authority.certificate && serves(new X509Certificate(present.cert), [name, ...hosts])) return present;
  const issued = await issueCertificate(authority, { name, hosts });
  await saveCredentials(dir, issued);
  await chmod(dir, 0o700);
  say(`issued a certificate: ${dir}`);
  return issued;
}

function serves(certificate: X509Certificate, hosts: readonly string[]): boolean {
  const named = hosts.every((host) => (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined);
  // Older ones had the cluster's name first (libs/transport/src/make-certificates.ts).
  const isFirst = certificate.subjectAltName?.startsWith(`DNS:${hosts[0] ?? ''}`) === true;
  return named && isFirst && Date.parse(certificate.validTo) > Date.now() + RENEW_BEFORE_MS;
}

async function bundle(dir: string, { cert, key }: TlsSecurity): Promise<void> {
  const file = join(dir, 'bundle.pem');
  const text = `${cert.trimEnd()}\n${key}`;
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) await writeFileAtomic(file, text, { mode: 0o600 });
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
