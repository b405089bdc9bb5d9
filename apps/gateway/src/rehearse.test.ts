import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { readConfig } from './config.ts';
import type { GatewayConfig } from './config.ts';
import { rehearse } from './rehearse.ts';

/** A gateway whose directory, and TMPDIR, are directories of the test. */
async function standBy(t: TestContext): Promise<{ config: GatewayConfig; dataDir: string; scratch: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-gateway-'));
  const [dataDir, scratch] = [await mkdtemp(join(directory, 'd')), await mkdtemp(join(directory, 't'))];
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = scratch;
  t.after(async () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    await rm(directory, { recursive: true });
  });
  const config = readConfig({
    PILVI_PROCESS_NAME: 'gateway-1',
    PILVI_PROCESS_DATA_DIR: dataDir,
    PILVI_LISTEN: `unix:${join(dataDir, 'gateway.sock')}`,
    PILVI_ADMIN_SOCKET: join(dataDir, 'admin.sock'),
    PILVI_ROOT_ACCESS_KEY_ID: 'key',
    PILVI_ROOT_SECRET_ACCESS_KEY: 'secret',
  });
  return { config, dataDir, scratch };
}

const servers = (): string[] => process.getActiveResourcesInfo().filter((name) => /Server|Pipe|TCP/.test(name));

test('a rehearsal succeeds, and leaves nothing behind: no file, no socket, nothing where the gateway keeps its things', async (t) => {
  const { config, dataDir, scratch } = await standBy(t);
  const before = servers();
  await rehearse(config, new AbortController().signal);
  assert.deepEqual(await readdir(dataDir), []);
  assert.deepEqual(await readdir(scratch), []);
  assert.deepEqual(servers(), before);
});

test('who is called while it rehearses breaks it off', async (t) => {
  const { config, scratch } = await standBy(t);
  await assert.rejects(rehearse(config, AbortSignal.abort(new Error('called'))), /called/);
  assert.deepEqual(await readdir(scratch), []);
});
