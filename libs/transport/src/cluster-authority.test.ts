import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { CLUSTER_SERVER_NAME, createClusterAuthority, issueCertificate, loadCredentials, saveCredentials } from './index.ts';

async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-transport-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('an authority is made once, its files are its owner’s alone', async (t) => {
  const directory = await scratch(t);
  const authority = await createClusterAuthority(join(directory, 'ca'));
  assert.deepEqual(await createClusterAuthority(join(directory, 'ca')), authority);
  for (const file of await readdir(join(directory, 'ca')))
    assert.equal((await stat(join(directory, 'ca', file))).mode & 0o777, 0o600, file);
  const certificate = new X509Certificate(authority.certificate);
  assert.ok(certificate.ca);
  assert.ok(certificate.verify(certificate.publicKey));
  await unlink(join(directory, 'ca', 'ca-key.pem'));
  await assert.rejects(createClusterAuthority(join(directory, 'ca')), {
    name: 'TransportError',
    code: 'bad-certificate',
    message: /ca-key\.pem is missing/,
  });
});

test('a certificate names the cluster, the process and its hosts, and is no authority', async (t) => {
  const authority = await createClusterAuthority(await scratch(t));
  const { cert } = await issueCertificate(authority, { name: 'storage-1', hosts: ['10.0.0.7', 'host-7'] });
  const certificate = new X509Certificate(cert);
  for (const host of [CLUSTER_SERVER_NAME, 'storage-1', 'host-7']) assert.equal(certificate.checkHost(host), host);
  assert.equal(certificate.checkIP('10.0.0.7'), '10.0.0.7');
  assert.match(certificate.subjectAltName ?? '', /^DNS:storage-1,/, 'its own name first: etcd asks the name service for each in turn');
  assert.equal(certificate.checkHost('storage-2'), undefined);
  assert.ok(certificate.verify(new X509Certificate(authority.certificate).publicKey));
  assert.equal(certificate.ca, false);
  const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
  assert.ok(days > 800 && days < 826);
});

test('credentials are saved and loaded; what does not belong together is refused', async (t) => {
  const directory = await scratch(t);
  const authority = await createClusterAuthority(join(directory, 'ca'));
  const [own, other] = [await issueCertificate(authority, { name: 'a' }), await issueCertificate(authority, { name: 'b' })];
  const dir = join(directory, 'node');
  await saveCredentials(dir, own);
  assert.deepEqual(await loadCredentials(dir), own);
  assert.equal((await stat(join(dir, 'key.pem'))).mode & 0o777, 0o600);
  await writeFile(join(dir, 'key.pem'), other.key);
  await assert.rejects(loadCredentials(dir), { code: 'bad-certificate', message: /key\.pem is not its key/ });
  await saveCredentials(dir, { ...own, ca: (await createClusterAuthority(join(directory, 'ca-2'))).certificate });
  await assert.rejects(loadCredentials(dir), { code: 'bad-certificate', message: /not issued by ca\.pem/ });
  await writeFile(join(dir, 'cert.pem'), 'garbage');
  await assert.rejects(loadCredentials(dir), { code: 'bad-certificate' });
  await unlink(join(dir, 'cert.pem'));
  await assert.rejects(loadCredentials(dir), { code: 'bad-certificate', message: /must hold/ });
});
