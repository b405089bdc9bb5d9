import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { clusterPaths } from './cluster-paths.ts';
import { endpointOf, readConfig } from './config.ts';
import { planAddresses } from './process-addresses.ts';
import { planProcesses } from './process-plan.ts';
import { createTemporaryCluster } from './testing/temporary-cluster.ts';

const rootKey = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };

test('nodes are spread over the zones, and all are told the same gateway', async () => {
  const config = readConfig({ PILVI_DATA_DIR: '/data' });
  const shape = { storageNodes: 4, zones: 3, copies: 3 };
  const paths = clusterPaths(config.dataDir);
  const { addresses, tlsDirs } = await planAddresses({ transport: 'unix', shape, paths });
  const plans = planProcesses({ config, shape, paths, rootKey, addresses, tlsDirs });
  assert.deepEqual(
    plans.map(({ name, env }) => [name, env['PILVI_ZONE'], env['PILVI_LISTEN'], env['PILVI_GATEWAYS']]),
    [
      ['gateway-1', undefined, 'unix:/data/run/gateway-1.sock', 'unix:/data/run/gateway-1.sock'],
      ['storage-1', 'zone-1', 'unix:/data/run/storage-1.sock', 'unix:/data/run/gateway-1.sock'],
      ['storage-2', 'zone-2', 'unix:/data/run/storage-2.sock', 'unix:/data/run/gateway-1.sock'],
      ['storage-3', 'zone-3', 'unix:/data/run/storage-3.sock', 'unix:/data/run/gateway-1.sock'],
      ['storage-4', 'zone-1', 'unix:/data/run/storage-4.sock', 'unix:/data/run/gateway-1.sock'],
    ],
  );
  assert.ok(
    plans.slice(1).every(({ env }) => !('PILVI_ROOT_SECRET_ACCESS_KEY' in env)),
    'a storage node is not told the root key',
  );
});

test('over TCP every process has a port and certificates of its own', async () => {
  await using cluster = await createTemporaryCluster();
  const { addresses, tlsDirs } = await planAddresses({
    transport: 'tcp',
    shape: { storageNodes: 2, zones: 2, copies: 2 },
    paths: cluster.paths,
  });
  assert.equal(new Set(addresses.values()).size, 3);
  assert.ok([...addresses.values()].every((address) => /^127\.0\.0\.1:\d+$/.test(address)));
  assert.deepEqual([...tlsDirs.keys()], ['gateway-1', 'storage-1', 'storage-2']);
  await rm(cluster.paths.tlsDir, { recursive: true });
});

test('a long data directory has its sockets elsewhere', () => {
  const { socketDir, runDir, adminSocket } = clusterPaths(`/${'long/'.repeat(30)}`);
  assert.notEqual(socketDir, runDir);
  assert.ok(Buffer.byteLength(adminSocket) < 104);
  assert.equal(clusterPaths('/short').socketDir, '/short/run');
});

test('the endpoint is one that a client on this machine can dial', () => {
  assert.equal(endpointOf({ bind: '0.0.0.0', port: 9000, tls: undefined }), 'http://127.0.0.1:9000');
  assert.equal(endpointOf({ bind: '::', port: 9000, tls: { certFile: 'c', keyFile: 'k' } }), 'https://[::1]:9000');
});
