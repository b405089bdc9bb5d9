import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { serveControl } from './control-server.ts';
import { askSocket, bodyOf } from './socket-client.ts';
import { Supervisor } from './supervisor.ts';
import { createTemporaryCluster } from './testing/temporary-cluster.ts';

test('other commands reach the supervisor through its socket, which only the owner can enter', async () => {
  await using cluster = await createTemporaryCluster();
  const { controlSocket, socketDir } = cluster.paths;
  await assert.rejects(askSocket(controlSocket, 'GET', '/processes'), { code: 'not-running' });
  const supervisor = await Supervisor.open([cluster.plan('storage-1')], cluster.paths, () => undefined);
  const server = await serveControl(controlSocket, supervisor);
  assert.equal(statSync(socketDir).mode & 0o777, 0o700);
  const verb = async (name: string): Promise<unknown> => bodyOf(await askSocket(controlSocket, 'POST', `/processes/storage-1/${name}`));
  assert.equal(((await verb('start')) as { state: string }).state, 'running');
  assert.equal(((await verb('stop')) as { state: string }).state, 'stopped');
  await assert.rejects(verb('kill'), { code: 'refused', message: 'storage-1 does not run' });
  await assert.rejects(verb('dance'), { code: 'refused' });
  assert.deepEqual(bodyOf(await askSocket(controlSocket, 'GET', '/processes')), supervisor.reports());
  server.close();
  await once(server, 'close');
});
