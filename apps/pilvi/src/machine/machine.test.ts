import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterPaths } from '../cluster-paths.ts';
import { describeMachine } from './describe-machine.ts';
import type { MachineFile } from './machine-file.ts';
import { planMachine } from './machine-plan.ts';
import { drawTokens, parseDuration } from './token.ts';

const FLAGS = { name: 'a', role: 'storage,gateway', zone: 'A', advertise: '10.0.0.1' };

test('a machine is what its flags say', () => {
  const machine = describeMachine(FLAGS);
  assert.deepEqual(machine.addresses, { gateway: '10.0.0.1:9100', storage: '10.0.0.1:9101' });
  assert.deepEqual(describeMachine({ ...FLAGS, advertise: '[fd00::1]:7000' }).addresses, {
    gateway: '[fd00::1]:7000',
    storage: '[fd00::1]:7001',
  });
  assert.equal(describeMachine({ ...FLAGS, advertise: 'host-a:7000' }).host, 'host-a');
  for (const wrong of [
    { advertise: '0.0.0.0' },
    { advertise: 'a b' },
    { advertise: 'x:0' },
    { role: 'king' },
    { zone: '' },
    { name: 'A/B' },
  ])
    assert.throws(() => describeMachine({ ...FLAGS, ...wrong }), { code: 'bad-setting' }, JSON.stringify(wrong));
});

test('only the machine on which a cluster was made begins it', () => {
  const file: MachineFile = {
    machine: describeMachine(FLAGS),
    http: { bind: '10.0.0.1', port: 9000 },
    gateways: ['10.0.0.1:9100'],
    isFounder: true,
    copies: 3,
    expectedNodes: 3,
    region: 'r',
    domain: '',
  };
  const plan = (change: Partial<MachineFile>, metricsPort?: number) =>
    planMachine({
      metricsPort,
      file: { ...file, ...change },
      tls: undefined,
      paths: clusterPaths('/data'),
      rootKey: { accessKeyId: 'a', secretAccessKey: 's' },
    });
  const [gateway, storage] = plan({});
  assert.deepEqual([gateway?.name, storage?.name], ['gateway-a', 'storage-a']);
  assert.equal(gateway?.env['PILVI_FOUNDING_NODES'], '1');
  assert.equal(plan({ isFounder: false })[0]?.env['PILVI_FOUNDING_NODES'], '3');
  assert.equal(storage?.env['PILVI_ADVERTISE'], '10.0.0.1:9101');
  assert.match(plan({}, 9400)[1]?.env['PILVI_METRICS_LISTEN'] ?? '', /^unix:.*,10\.0\.0\.1:9400$/);
  const [only, ...more] = plan({ machine: describeMachine({ ...FLAGS, role: 'storage' }) });
  assert.deepEqual([only?.name, more.length], ['storage-a', 0]);
  assert.equal(only?.env['PILVI_ROOT_SECRET_ACCESS_KEY'], undefined);
});

test('tokens are listed with what became of them', () => {
  assert.deepEqual(['90s', '30m', '2h', '7d'].map(parseDuration), [90_000, 1_800_000, 7_200_000, 604_800_000]);
  for (const wrong of ['', '1', 'h', '-1h', '1w']) assert.throws(() => parseDuration(wrong), { code: 'bad-setting' });
  const token = { id: 'i', createdMs: 0, expiresMs: 1_000, usedBy: '' };
  assert.match(drawTokens([token], 500), /unused/);
  assert.match(drawTokens([token], 1_000), /expired/);
  assert.match(drawTokens([{ ...token, usedBy: 'b' }], 500), /used by b/);
});
