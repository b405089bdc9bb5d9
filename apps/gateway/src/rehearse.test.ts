import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from './config.ts';
import { rehearse } from './rehearse.ts';

test('a rehearsal succeeds, and leaves nothing where the gateway itself keeps its things', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-gateway-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const config = readConfig({
    PILVI_PROCESS_NAME: 'gateway-1',
    PILVI_PROCESS_DATA_DIR: dataDir,
    PILVI_LISTEN: `unix:${join(dataDir, 'gateway.sock')}`,
    PILVI_ADMIN_SOCKET: join(dataDir, 'admin.sock'),
    PILVI_ROOT_ACCESS_KEY_ID: 'key',
    PILVI_ROOT_SECRET_ACCESS_KEY: 'secret',
  });
  await rehearse(config);
  assert.deepEqual(await readdir(dataDir), []);
});
