import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from './config.ts';
import { decideShape, openDataDirectory } from './data-directory.ts';
import { ensureRootKey, keyFile, readKeyFile } from './root-key.ts';

const asked = (env: NodeJS.ProcessEnv): ReturnType<typeof readConfig> => readConfig(env);

test('a shape is as asked, else as remembered, else the default', () => {
  assert.deepEqual(decideShape(asked({}), undefined), { storageNodes: 3, zones: 3, copies: 3 });
  assert.deepEqual(decideShape(asked({ PILVI_STORAGE_NODES: '1' }), undefined), { storageNodes: 1, zones: 3, copies: 1 });
  const five = decideShape(asked({ PILVI_STORAGE_NODES: '5', PILVI_PARTITIONS: '16' }), undefined);
  assert.deepEqual(five, { storageNodes: 5, zones: 3, copies: 3, partitions: 16 });
  assert.deepEqual(decideShape(asked({}), five), five);
  assert.equal(decideShape(asked({ PILVI_STORAGE_NODES: '6' }), five).storageNodes, 6);
  assert.throws(() => decideShape(asked({ PILVI_STORAGE_NODES: '4' }), five), { code: 'fewer-nodes' });
  assert.throws(() => decideShape(asked({ PILVI_COPIES: '2' }), five), { code: 'bad-setting' });
  const one = decideShape(asked({ PILVI_STORAGE_NODES: '1' }), undefined);
  assert.equal(decideShape(asked({ PILVI_STORAGE_NODES: '3', PILVI_COPIES: '3' }), one).copies, 3);
  assert.throws(() => decideShape(asked({ PILVI_COPIES: '3', PILVI_STORAGE_NODES: '2' }), undefined), { code: 'bad-setting' });
});

test('a data directory is held by one at a time, and one of another version is refused', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-data-'));
  const config = readConfig({ PILVI_DATA_DIR: dataDir });
  const first = await openDataDirectory(config);
  await assert.rejects(openDataDirectory(config), { code: 'locked' });
  await first[Symbol.asyncDispose]();
  await writeFile(join(dataDir, 'pilvi.json'), JSON.stringify({ formatVersion: 99, kind: 'cluster' }));
  await assert.rejects(openDataDirectory(config), { code: 'format-version' });
  await rm(dataDir, { recursive: true });
});

test('the root key is made once and kept for its owner alone', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-key-'));
  const made = await ensureRootKey(readConfig({ PILVI_DATA_DIR: dataDir }));
  assert.match(made.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
  assert.match(made.secretAccessKey, /^[A-Za-z0-9]{40}$/);
  assert.deepEqual(await ensureRootKey(readConfig({ PILVI_DATA_DIR: dataDir })), made);
  assert.equal((await stat(join(dataDir, 'root-key.json'))).mode & 0o777, 0o600);
  const given = { PILVI_DATA_DIR: dataDir, PILVI_ROOT_ACCESS_KEY_ID: 'ME', PILVI_ROOT_SECRET_ACCESS_KEY: 'mine' };
  await ensureRootKey(readConfig(given));
  assert.deepEqual(await readKeyFile(keyFile(dataDir)), { accessKeyId: 'ME', secretAccessKey: 'mine' });
  await rm(dataDir, { recursive: true });
});

test('half a pair of settings, and numbers that are none, are refused by name', () => {
  assert.throws(() => readConfig({ PILVI_TLS_CERT: '/x' }), /PILVI_TLS_CERT and PILVI_TLS_KEY must be set together/);
  assert.throws(() => readConfig({ PILVI_ROOT_ACCESS_KEY_ID: 'x' }), /PILVI_ROOT_SECRET_ACCESS_KEY/);
  assert.throws(() => readConfig({ PILVI_PORT: '70000' }), /PILVI_PORT must be a whole number from 1 to 65535/);
  assert.throws(() => readConfig({ PILVI_TRANSPORT: 'udp' }), /PILVI_TRANSPORT must be one of unix, tcp/);
});
