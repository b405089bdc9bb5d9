import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readShape } from './cluster-options.ts';
import { planCluster } from './cluster-plan.ts';
import { DEFAULT_IMAGES } from './default-images.ts';

function plan(options: Parameters<typeof readShape>[0]): ReturnType<typeof planCluster> {
  return planCluster({
    shape: readShape(options),
    images: DEFAULT_IMAGES,
    network: '172.20.0',
    ports: [9401, 9402, 9403],
    secretsVolume: (name) => `x-${name}-secrets`,
  });
}

test('etcd starts before who needs it, zones take turns, and nobody shares an address or a secret', () => {
  const members = plan({ storageNodes: 4, zones: 3, gateways: 2, loadBalancer: true });
  assert.deepEqual(
    members.map(({ name }) => name),
    ['etcd-1', 'etcd-2', 'etcd-3', 'storage-1', 'storage-2', 'storage-3', 'storage-4', 'gateway-1', 'gateway-2', 'load-balancer'],
  );
  assert.deepEqual(
    members.filter(({ kind }) => kind === 'storage').map(({ zone }) => zone),
    ['zone-1', 'zone-2', 'zone-3', 'zone-1'],
  );
  assert.equal(new Set(members.map(({ address }) => address)).size, members.length);
  const secrets = members.flatMap(({ binds }) => binds);
  assert.equal(new Set(secrets).size, secrets.length);
  assert.ok(secrets.every((bind) => bind.endsWith(':/secrets:ro')));
});

test('with one gateway the control store is embedded', () => {
  const gateway = plan({}).find(({ kind }) => kind === 'gateway');
  assert.equal(gateway?.environment['PILVI_CONTROL_STORE'], 'embedded');
  assert.deepEqual(gateway.ports, [{ inside: 9000, outside: 9401 }]);
});

test('settings that a test shortens reach all processes of Pilvi, and not its names', () => {
  const members = plan({ environment: { PILVI_DEAD_AFTER_MS: '1000', PILVI_PROCESS_NAME: 'mine' } });
  for (const { name, environment } of members) {
    assert.equal(environment['PILVI_DEAD_AFTER_MS'], '1000');
    assert.equal(environment['PILVI_PROCESS_NAME'], name);
  }
});
