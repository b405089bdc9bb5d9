import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findComputeTests } from './compute-tests.ts';
import { describeMachine, wordsFor, wrongWith } from './machine-kind.ts';

const GUEST = { kernel: '6.1', cgroupVersion: 2, controllers: ['cpu', 'io', 'memory', 'pids'], isAppArmorEnabled: true } as const;

test('a guest with version 2, all controllers and AppArmor is as it should be, and every other is told what it lacks', () => {
  assert.deepEqual(wrongWith(GUEST), []);
  assert.equal(wordsFor(GUEST), 'Linux 6.1, cgroup v2 (cpu io memory pids), AppArmor enabled');
  assert.equal(wrongWith({ ...GUEST, controllers: ['cpu', 'memory', 'pids'] }).length, 1);
  assert.equal(wrongWith({ ...GUEST, isAppArmorEnabled: false }).length, 1);
  assert.equal(wrongWith({ ...GUEST, cgroupVersion: 1, controllers: [] }).length, 5);
});

test('this machine can be described', () => {
  const { cgroupVersion, controllers } = describeMachine();
  assert.equal(controllers.length > 0, cgroupVersion === 2);
});

test('the tests of compute are found, all or some', () => {
  assert.ok(findComputeTests([]).includes('apps/compute-node/src/compute-node.test.ts'));
  assert.deepEqual(findComputeTests(['instance-driver/src/isolation']), ['libs/instance-driver/src/isolation.test.ts']);
  assert.deepEqual(findComputeTests(['no such']), []);
});
