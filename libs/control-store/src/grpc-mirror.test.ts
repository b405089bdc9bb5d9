import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ControlMirrorServiceService } from '@pilvi/contracts/control/v1/mirror';
import { dial, serve } from '@pilvi/transport';
import { openEmbeddedControlStore } from './embedded-store.ts';
import { createGrpcMirror } from './grpc-mirror.ts';
import { openMirrorStorage } from './mirror-storage.ts';
import { createMirrorService } from './serve-mirror.ts';
import { copyIds } from './testing/copy-ids.ts';

/** What a slow machine may take. */
const PATIENCE = { commitTimeoutMs: 60_000, describeBoundMs: 60_000 };

test('a mirror over gRPC: appended to, installed on, read back', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'pc-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await using storage = await openMirrorStorage({ directory: join(directory, 'm'), segmentBytes: 64 * 1024 });
  const address = `unix:${join(directory, 's')}`;
  const service = createMirrorService(storage, (error) => {
    throw error;
  });
  await using _server = await serve({
    address,
    security: { kind: 'unix' },
    services: [{ definition: ControlMirrorServiceService, implementation: service }],
  });
  await using channel = dial({ address, security: { kind: 'unix' } });
  const mirror = createGrpcMirror({ id: 'm', channel });
  const value = Buffer.alloc(200_000, 'x');
  {
    await using store = await openEmbeddedControlStore({ directory: join(directory, 'own'), ...PATIENCE });
    for (let i = 0; i < 5; i++) await store.txn([], [{ kind: 'put', key: `/k${String(i)}`, value }]);
    store.setMirrors([mirror]);
    await store.requireMirrors(await copyIds([mirror]));
    await store.txn([], [{ kind: 'put', key: '/last', value: Buffer.from('v') }]);
  }
  await rm(join(directory, 'own'), { recursive: true });
  await using again = await openEmbeddedControlStore({ directory: join(directory, 'own'), candidates: [mirror], ...PATIENCE });
  await again.serving(AbortSignal.timeout(60_000));
  assert.deepEqual((await again.get('/k3'))?.value, value);
  assert.equal((await again.range('/')).entries.length, 6);
});
