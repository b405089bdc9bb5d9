import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { loadCredentials } from '@pilvi/transport';
import { secrets } from './secrets.ts';
import type { SecretsRequest } from './secrets.ts';

const REQUEST: SecretsRequest = {
  gateway: ['gateway-1', 'gateway-2'],
  storageNode: ['storage-1'],
  computeNode: ['compute-1'],
  etcd: ['etcd-1'],
  loadBalancer: ['edge'],
  hosts: 'localhost',
  owner: undefined,
};

async function temporaryDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pilvi-secrets-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Every file and what is in it. */
async function contents(dir: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)));
}

const quietly = (): void => {};

test('every process has a directory that only its owner can read, and no key of an authority in it', async (t) => {
  const dir = await temporaryDirectory(t);
  await secrets({ rootKey: undefined }, dir, REQUEST, quietly);
  for (const name of ['gateway-1', 'gateway-2', 'storage-1', 'compute-1', 'etcd-1', 'gateway-1/etcd']) {
    await loadCredentials(join(dir, name));
    assert.equal((await stat(join(dir, name))).mode & 0o777, 0o700);
    assert.equal((await stat(join(dir, name, 'key.pem'))).mode & 0o777, 0o600);
  }
  const files = await contents(dir);
  assert.equal(files.get(join(dir, 'gateway-1/root-key.json')), files.get(join(dir, 'gateway-2/root-key.json')));
  assert.ok(!files.has(join(dir, 'storage-1/root-key.json')));
  assert.notEqual(files.get(join(dir, 'storage-1/ca.pem')), files.get(join(dir, 'etcd-1/ca.pem')), 'a storage node is nobody to etcd');
  const authorityKeys = [...files].filter(([file]) => file.endsWith('ca-key.pem'));
  assert.deepEqual(
    authorityKeys.map(([file]) => file),
    [join(dir, 'authority/cluster/ca-key.pem'), join(dir, 'authority/edge/ca-key.pem'), join(dir, 'authority/etcd/ca-key.pem')],
  );
});

test('a second run changes nothing; a later one adds what is asked for', async (t) => {
  const dir = await temporaryDirectory(t);
  await secrets({ rootKey: undefined }, dir, REQUEST, quietly);
  const first = await contents(dir);
  await secrets({ rootKey: undefined }, dir, REQUEST, quietly);
  assert.deepEqual(await contents(dir), first);
  await secrets({ rootKey: undefined }, dir, { ...REQUEST, gateway: [], etcd: [], storageNode: ['storage-2'], computeNode: [] }, quietly);
  const third = await contents(dir);
  assert.equal(third.get(join(dir, 'storage-2/ca.pem')), first.get(join(dir, 'storage-1/ca.pem')));
  assert.deepEqual(new Map([...third].filter(([file]) => first.has(file))), first);
});

test('what is damaged is issued anew by the same authority, but an authority never is', async (t) => {
  const dir = await temporaryDirectory(t);
  await secrets({ rootKey: undefined }, dir, REQUEST, quietly);
  const first = await contents(dir);
  await truncate(join(dir, 'storage-1/cert.pem'), 10);
  await secrets({ rootKey: undefined }, dir, REQUEST, quietly);
  assert.equal((await loadCredentials(join(dir, 'storage-1'))).ca, first.get(join(dir, 'authority/cluster/ca.pem')));
  await rm(join(dir, 'authority/cluster/ca-key.pem'));
  await assert.rejects(secrets({ rootKey: undefined }, dir, REQUEST, quietly), /ca-key.pem is missing/);
});

test('a root key that is given is used, and replaces the one that was made', async (t) => {
  const dir = await temporaryDirectory(t);
  await secrets({ rootKey: undefined }, dir, REQUEST, quietly);
  const rootKey = { accessKeyId: 'AKIAGIVEN', secretAccessKey: 'given-secret' };
  await secrets({ rootKey }, dir, REQUEST, quietly);
  assert.deepEqual(JSON.parse(await readFile(join(dir, 'gateway-2/root-key.json'), 'utf8')), rootKey);
});

test('the certificate for HTTPS follows the names by which clients come', async (t) => {
  const dir = await temporaryDirectory(t);
  await secrets({ rootKey: undefined }, dir, REQUEST, quietly);
  await secrets({ rootKey: undefined }, dir, { ...REQUEST, hosts: 'localhost,s3.example.org,10.0.0.7' }, quietly);
  const bundle = await readFile(join(dir, 'edge/bundle.pem'), 'utf8');
  const certificate = new X509Certificate(bundle);
  assert.ok(certificate.checkHost('s3.example.org') !== undefined && certificate.checkIP('10.0.0.7') !== undefined);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(bundle)));
});

test('owners are told in numbers', async (t) => {
  const dir = await temporaryDirectory(t);
  await assert.rejects(secrets({ rootKey: undefined }, dir, { ...REQUEST, owner: 'node' }, quietly), /--owner must be UID:GID/);
});
