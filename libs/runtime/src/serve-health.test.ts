import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveHealth } from './serve-health.ts';

test('health is told over HTTP, and nothing else is', async () => {
  let reason = '';
  await using server = await serveHealth(0, () => reason);
  const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${String(server.port)}${path}`);
  assert.deepEqual(await (await ask('/_pilvi/health')).json(), { status: 'ok', reason: '' });
  reason = 'catching up with 1 partitions';
  const answer = await ask('/_pilvi/health');
  assert.equal(answer.status, 503);
  assert.deepEqual(await answer.json(), { status: 'unavailable', reason });
  assert.equal((await ask('/')).status, 404);
});
