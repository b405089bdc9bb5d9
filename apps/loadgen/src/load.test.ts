import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEndpoint } from './config.ts';
import { keyName, runLoad } from './load.ts';
import type { LoadPlan } from './load.ts';
import { startTinyS3 } from './testing/tiny-s3.ts';
import { WORKLOADS } from './operation.ts';

function plan(url: string, changes: Partial<LoadPlan>): LoadPlan {
  return {
    endpoint: parseEndpoint(url),
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret', region: 'us-east-1' },
    bucket: 'bench',
    workload: 'put',
    sizeBytes: 10_000,
    concurrency: 4,
    durationMs: 150,
    keys: 200,
    pageKeys: 50,
    signPayload: false,
    prepared: false,
    ...changes,
  };
}

const quiet = (): void => undefined;

for (const workload of WORKLOADS) {
  test(`${workload} runs without an error against a server that keeps its word`, async () => {
    await using server = await startTinyS3();
    const result = await runLoad(plan(server.url, { workload }), quiet);
    assert.deepEqual([...result.errorKinds], []);
    const requests = Object.values(result.latency).reduce((sum, histogram) => sum + histogram.count, 0);
    assert.ok(requests > 0);
    assert.ok(server.requests() >= requests);
  });
}

test('bodies larger than the socket takes at once arrive whole, and are checked whole', async () => {
  await using server = await startTinyS3();
  const large = plan(server.url, { workload: 'get', sizeBytes: 5 * 1024 * 1024 + 3, keys: 2, signPayload: true });
  assert.equal((await runLoad(large, quiet)).errors, 0);
  assert.equal(server.objects.get(`/bench/${keyName(0)}`)?.length, large.sizeBytes);
});

test('one flipped byte is an error', async () => {
  await using server = await startTinyS3();
  await runLoad(plan(server.url, { workload: 'get', keys: 1 }), quiet);
  const bytes = server.objects.get(`/bench/${keyName(0)}`)!;
  bytes[9_999]! ^= 1;
  const result = await runLoad(plan(server.url, { workload: 'get', keys: 1, prepared: true }), quiet);
  assert.equal(result.latency.get, undefined);
  assert.match([...result.errorKinds.keys()].join(), /holds other bytes/);
});

test('a lost object, a short one and a gap in a listing are errors', async () => {
  await using server = await startTinyS3();
  await runLoad(plan(server.url, { workload: 'get', keys: 60 }), quiet);
  server.objects.delete(`/bench/${keyName(5)}`);
  const listed = await runLoad(plan(server.url, { workload: 'list', keys: 60, prepared: true, pageKeys: 59 }), quiet);
  assert.match([...listed.errorKinds.keys()].join(), /does not hold the 59 keys/);
  server.objects.clear();
  server.objects.set(`/bench/${keyName(0)}`, Buffer.alloc(0));
  const lost = await runLoad(plan(server.url, { workload: 'get', keys: 2, prepared: true }), quiet);
  assert.match([...lost.errorKinds.keys()].join(), /answered 404 NoSuchKey/);
  assert.match([...lost.errorKinds.keys()].join(), /has 0 bytes, not 10000/);
});
