import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadCredentials } from '@pilvi/transport';
import { issueCertificates, mendCertificate } from './cluster-certificates.ts';

test('damaged or deleted certificates are made anew, those of the authority at the next start of the cluster', async (t) => {
  const tlsDir = await mkdtemp(join(tmpdir(), 'pilvi-tls-'));
  t.after(() => rm(tlsDir, { recursive: true, force: true }));
  const flip = async (file: string): Promise<void> => {
    const bytes = await readFile(join(tlsDir, file));
    bytes[200]! ^= 1;
    await writeFile(join(tlsDir, file), bytes);
  };
  const names = ['storage-1', 'gateway-1'];
  await issueCertificates(tlsDir, names);
  const authority = await readFile(join(tlsDir, 'authority', 'ca.pem'), 'utf8');
  assert.equal(await mendCertificate(tlsDir, 'storage-1'), false);
  for (const file of ['cert.pem', 'key.pem', 'ca.pem']) {
    await flip(join('storage-1', file));
    assert.equal(await mendCertificate(tlsDir, 'storage-1'), true, file);
    await rm(join(tlsDir, 'storage-1', file));
    assert.equal(await mendCertificate(tlsDir, 'storage-1'), true, file);
  }
  assert.equal((await loadCredentials(join(tlsDir, 'storage-1'))).ca, authority);
  for (const file of ['ca.pem', 'ca-key.pem']) {
    await flip(join('authority', file));
    await issueCertificates(tlsDir, names);
    await rm(join(tlsDir, 'authority', file));
    await issueCertificates(tlsDir, names);
    const [one, other] = await Promise.all(names.map((name) => loadCredentials(join(tlsDir, name))));
    assert.equal(one?.ca, other?.ca);
  }
  assert.ok((await readdir(tlsDir)).includes('authority.damaged'));
});
