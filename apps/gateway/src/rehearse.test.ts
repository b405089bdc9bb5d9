import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { silentLogger } from '@pilvi/runtime';
import { readConfig } from './config.ts';
import type { GatewayConfig } from './config.ts';
import { createContext } from './context.ts';
import { createGatewayMetrics } from './metrics/gateway-metrics.ts';
import { rehearse } from './rehearse.ts';
import { serveGateway } from './server.ts';

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

const connectTo = (path: string): Promise<unknown> => once(connect(path), 'connect');
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

test('so does who is called in the middle of its requests', async (t) => {
  const { config, scratch } = await standBy(t);
  const called = new AbortController();
  const rehearsing = rehearse(config, called.signal);
  rehearsing.catch(() => undefined);
  const isAsking = async (): Promise<boolean> => {
    const [stage] = await readdir(scratch);
    return stage !== undefined && existsSync(join(scratch, stage, 's3.sock'));
  };
  while (!(await isAsking())) await setTimeout(1);
  called.abort(new Error('called'));
  await assert.rejects(rehearsing, { name: 'AbortError' });
  assert.deepEqual(await readdir(scratch), []);
});

test('a gateway that cannot open its last doors closes the first ones', async (t) => {
  const { config, dataDir } = await standBy(t);
  const metrics = createGatewayMetrics(config.name, { withNode: false });
  const context = await createContext(config, { log: silentLogger, fail: () => undefined, metrics });
  const http = { ...config.http, certFile: join(dataDir, 'no-cert'), keyFile: join(dataDir, 'no-key') };
  await assert.rejects(serveGateway({ ...context, config: { ...config, http } }), { code: 'ENOENT' });
  const sockets = ['gateway.sock', 'admin.sock'].map((name) => join(dataDir, name));
  for (const path of sockets) await assert.rejects(connectTo(path), { code: /ENOENT|ECONNREFUSED/ }, path);
  await context.close();
});

test('a second gateway at the same address ends before it looks at the control data', async (t) => {
  const { config, scratch } = await standBy(t);
  const metrics = createGatewayMetrics(config.name, { withNode: false });
  const surroundings = { log: silentLogger, fail: () => undefined, metrics };
  const first = await createContext({ ...config, stop: { lameDuckMs: 0, drainMs: 0 } }, surroundings);
  const serving = await serveGateway(first);
  const second = await createContext({ ...config, dataDir: scratch }, surroundings);
  await assert.rejects(serveGateway(second), { code: 'address-in-use' });
  await second.close();
  assert.deepEqual(await readdir(scratch), []);
  await serving[Symbol.asyncDispose]();
  await first.close();
});
