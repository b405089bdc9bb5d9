import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from './config.ts';

const ENV = {
  PILVI_PROCESS_NAME: 'gateway-1',
  PILVI_PROCESS_DATA_DIR: '/data/gateway-1',
  PILVI_LISTEN: '0.0.0.0:9100',
  PILVI_ADMIN_SOCKET: '/data/run/gateway-1-admin.sock',
};

test('the root key is given, or lies in a file', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'pilvi-gateway-'));
  t.after(() => rm(dir, { recursive: true }));
  const file = join(dir, 'root-key.json');
  await writeFile(file, JSON.stringify({ accessKeyId: 'FILE', secretAccessKey: 'of the file' }));
  const given = { PILVI_ROOT_ACCESS_KEY_ID: 'GIVEN', PILVI_ROOT_SECRET_ACCESS_KEY: 'given' };
  assert.deepEqual(readConfig({ ...ENV, ...given }).root, { accessKeyId: 'GIVEN', secretAccessKey: 'given' });
  assert.deepEqual(readConfig({ ...ENV, PILVI_ROOT_KEY_FILE: file }).root, { accessKeyId: 'FILE', secretAccessKey: 'of the file' });
  assert.deepEqual(readConfig({ ...ENV, ...given, PILVI_ROOT_KEY_FILE: file }).root.accessKeyId, 'GIVEN');
  assert.throws(() => readConfig({ ...ENV, ...given, PILVI_ROOT_SECRET_ACCESS_KEY: '' }), /PILVI_ROOT_SECRET_ACCESS_KEY is not set/);
  assert.throws(() => readConfig(ENV), /PILVI_ROOT_ACCESS_KEY_ID is not set/);
  await writeFile(file, '{}');
  assert.throws(() => readConfig({ ...ENV, PILVI_ROOT_KEY_FILE: file }), /is not a key file/);
});
