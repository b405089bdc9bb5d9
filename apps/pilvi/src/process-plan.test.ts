import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { adminSocket, clusterPaths } from './cluster-paths.ts';
import { endpointOf, endpointsOf, readConfig } from './config.ts';
import { decideShape } from './data-directory.ts';
import type { ClusterShape } from './data-directory.ts';
import { planAddresses } from './process-addresses.ts';
import { planProcesses } from './process-plan.ts';
import { createTemporaryCluster } from './testing/temporary-cluster.ts';

const rootKey = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };

test('nodes are spread over the zones, and all are told the same gateway', async () => {
  const config = readConfig({ PILVI_DATA_DIR: '/data' });
  const shape = { storageNodes: 4, zones: 3, copies: 3 };
  const paths = clusterPaths(config.dataDir);
  const { addresses, tlsDirs } = await planAddresses({ transport: 'unix', gateways: 1, computeNodes: 1, shape, paths });
  const plans = planProcesses({ config, shape, paths, rootKey, addresses, tlsDirs });
  assert.deepEqual(
    plans.map(({ name, env }) => [name, env['PILVI_ZONE'], env['PILVI_LISTEN'], env['PILVI_GATEWAY_ADDRESSES']]),
    [
      ['gateway-1', undefined, 'unix:/data/run/gateway-1.sock', 'unix:/data/run/gateway-1.sock'],
      ['storage-1', 'zone-1', 'unix:/data/run/storage-1.sock', 'unix:/data/run/gateway-1.sock'],
      ['storage-2', 'zone-2', 'unix:/data/run/storage-2.sock', 'unix:/data/run/gateway-1.sock'],
      ['storage-3', 'zone-3', 'unix:/data/run/storage-3.sock', 'unix:/data/run/gateway-1.sock'],
      ['storage-4', 'zone-1', 'unix:/data/run/storage-4.sock', 'unix:/data/run/gateway-1.sock'],
      ['compute-1', 'zone-1', undefined, 'unix:/data/run/gateway-1.sock'],
    ],
  );
  assert.ok(
    plans.slice(1).every(({ env }) => !('PILVI_ROOT_SECRET_ACCESS_KEY' in env)),
    'a node is not told the root key',
  );
});

test('a node is started again a little later when two others serve meanwhile, at once when everybody waits for it', async () => {
  const config = readConfig({ PILVI_DATA_DIR: '/data' });
  const paths = clusterPaths(config.dataDir);
  for (const [copies, expected] of [
    [3, true],
    [2, false],
  ] as const) {
    const shape = { storageNodes: 3, zones: 3, copies };
    const { addresses, tlsDirs } = await planAddresses({ transport: 'unix', gateways: 1, computeNodes: 1, shape, paths });
    const [gateway, ...nodes] = planProcesses({ config, shape, paths, rootKey, addresses, tlsDirs });
    assert.equal(gateway?.restartAfterMs, undefined);
    assert.ok(nodes.filter(({ kind }) => kind === 'storage-node').every(({ restartAfterMs = 0 }) => restartAfterMs > 0 === expected));
  }
});

test('over TCP every process has a port and certificates of its own', async () => {
  await using cluster = await createTemporaryCluster();
  const { addresses, tlsDirs } = await planAddresses({
    transport: 'tcp',
    gateways: 1,
    computeNodes: 1,
    shape: { storageNodes: 2, zones: 2, copies: 2 },
    paths: cluster.paths,
  });
  assert.equal(new Set(addresses.values()).size, 3);
  assert.ok([...addresses.values()].every((address) => /^127\.0\.0\.1:\d+$/.test(address)));
  assert.deepEqual([...tlsDirs.keys()], ['gateway-1', 'storage-1', 'storage-2', 'compute-1']);
  await rm(cluster.paths.tlsDir, { recursive: true });
});

test('instances are told one endpoint, and compute nodes where gateways serve it', async () => {
  const config = readConfig(
    { PILVI_DATA_DIR: '/data', PILVI_COMPUTE_NODES: '2', PILVI_PORT: '9300', PILVI_BIND: '0.0.0.0' },
    { isRoot: true },
  );
  const shape = { storageNodes: 1, zones: 3, copies: 1 };
  const paths = clusterPaths(config.dataDir);
  const { addresses, tlsDirs } = await planAddresses({ transport: 'unix', gateways: 1, computeNodes: 2, shape, paths });
  const plans = planProcesses({ config, shape, paths, rootKey, addresses, tlsDirs });
  assert.deepEqual(
    plans.map(({ name, env }) => [name, env['PILVI_ZONE'], env['PILVI_INSTANCE_ENDPOINT'], env['PILVI_ENDPOINTS']]),
    [
      ['gateway-1', undefined, 'http://pilvi.internal:9300', undefined],
      ['storage-1', 'zone-1', undefined, undefined],
      ['compute-1', 'zone-1', 'http://pilvi.internal:9300', '127.0.0.1:9300'],
      ['compute-2', 'zone-2', 'http://pilvi.internal:9300', '127.0.0.1:9300'],
    ],
  );
  assert.throws(() => readConfig({ PILVI_COMPUTE_NODES: '2', PILVI_PUBLIC_CIDR: '127.9.0.0/16' }), { code: 'bad-setting' });
});

test('a long data directory has its sockets elsewhere', () => {
  const { socketDir, runDir } = clusterPaths(`/${'long/'.repeat(30)}`);
  assert.notEqual(socketDir, runDir);
  assert.ok(Buffer.byteLength(adminSocket({ socketDir }, 'gateway-9')) < 104);
  assert.equal(clusterPaths('/short').socketDir, '/short/run');
});

test('the endpoint is one that a client on this machine can dial', () => {
  assert.equal(endpointOf({ bind: '0.0.0.0', port: 9000, tls: undefined }), 'http://127.0.0.1:9000');
  assert.equal(endpointOf({ bind: '::', port: 9000, tls: { certFile: 'c', keyFile: 'k' } }), 'https://[::1]:9000');
});

const ETCD = {
  PILVI_CONTROL_STORE: 'etcd://a:1,b:2',
  PILVI_ETCD_CA: '/pem/ca',
  PILVI_ETCD_CERT: '/pem/cert',
  PILVI_ETCD_KEY: '/pem/key',
};

test('without root no compute node is started, and gateways are told why', async () => {
  const shape = { storageNodes: 1, zones: 3, copies: 1 };
  const told = async (env: Readonly<Record<string, string>>, isRoot: boolean): Promise<unknown> => {
    const config = readConfig({ PILVI_DATA_DIR: '/data', ...env }, { isRoot });
    const { computeNodes } = config;
    const paths = clusterPaths(config.dataDir);
    const { addresses, tlsDirs } = await planAddresses({ transport: 'unix', gateways: 1, computeNodes, shape, paths });
    const plans = planProcesses({ config, shape, paths, rootKey, addresses, tlsDirs });
    return [plans.filter(({ kind }) => kind === 'compute-node').length, plans[0]?.env['PILVI_NO_COMPUTE']];
  };
  assert.deepEqual(await told({}, true), [1, undefined]);
  assert.deepEqual(await told({}, false), [0, 'a compute node needs root, and this cluster was not started as root']);
  assert.deepEqual(await told({ PILVI_COMPUTE_NODES: '0' }, true), [
    0,
    'this cluster was started without compute nodes (PILVI_COMPUTE_NODES is 0)',
  ]);
});

test('several gateways have ports of their own, and every node is told all of them', async () => {
  const config = readConfig({ PILVI_DATA_DIR: '/data', PILVI_GATEWAYS: '2', PILVI_PORT: '9300', ...ETCD }, { isRoot: true });
  assert.deepEqual(endpointsOf(config), ['http://127.0.0.1:9300', 'http://127.0.0.1:9301']);
  const shape = decideShape(config, undefined);
  const paths = clusterPaths(config.dataDir);
  const { addresses, tlsDirs } = await planAddresses({ transport: 'unix', gateways: 2, computeNodes: 1, shape, paths });
  const plans = planProcesses({ config, shape, paths, rootKey, addresses, tlsDirs });
  assert.deepEqual(
    plans.map(({ name }) => name),
    ['gateway-1', 'gateway-2', 'storage-1', 'storage-2', 'storage-3', 'compute-1'],
  );
  assert.deepEqual(
    plans.slice(0, 2).map(({ env, http }) => [env['PILVI_ADMIN_SOCKET'], env['PILVI_CONTROL_STORE'], env['PILVI_ETCD_CA'], http?.port]),
    [
      ['/data/run/gateway-1-admin.sock', 'etcd://a:1,b:2', '/pem/ca', 9300],
      ['/data/run/gateway-2-admin.sock', 'etcd://a:1,b:2', '/pem/ca', 9301],
    ],
  );
  assert.deepEqual(
    new Set(plans.map(({ env }) => env['PILVI_GATEWAY_ADDRESSES'])),
    new Set(['unix:/data/run/gateway-1.sock,unix:/data/run/gateway-2.sock']),
  );
});

test('more than one gateway needs etcd, and the engine is not changed in passing', () => {
  const etcd = readConfig(ETCD).controlStore;
  const asked = (env: NodeJS.ProcessEnv, remembered?: ClusterShape): ClusterShape => decideShape(readConfig(env), remembered);
  assert.throws(() => asked({ PILVI_GATEWAYS: '2' }), { message: /more than one gateway needs etcd/ });
  assert.throws(() => asked({ PILVI_CONTROL_STORE: 'etcd://a:1' }), { message: /PILVI_ETCD_CA/ });
  assert.throws(() => asked({ ...ETCD, PILVI_CONTROL_STORE: 'zookeeper://a' }), { message: /PILVI_CONTROL_STORE/ });
  const embedded = asked({});
  assert.throws(() => asked(ETCD, embedded), { message: /keeps its control data in its gateway/ });
  const moved = asked(ETCD);
  assert.deepEqual(moved.controlStore, etcd);
  assert.deepEqual(asked({ PILVI_GATEWAYS: '2' }, moved).controlStore, etcd, 'remembered');
  assert.throws(() => asked({ PILVI_CONTROL_STORE: 'embedded' }, moved), { message: /keeps its control data in etcd/ });
});
