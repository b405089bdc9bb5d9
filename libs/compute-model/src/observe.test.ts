import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InstanceState, type ObservedInstance } from '@pilvi/contracts/compute/v1/instance';
import { instanceState } from './instance-state.ts';
import { observe } from './observe.ts';
import type { InstanceRecord } from './records.ts';

const NOW_MS = 1_000;

const RECORD = {
  instanceId: 'i-00000000000000001',
  power: 'running',
  shutdownBehavior: 'stop',
  generation: 3,
  starts: 1,
  reboots: 0,
  observed: undefined,
  reason: undefined,
  terminatedMs: undefined,
} as InstanceRecord;

function word(state: InstanceState, more: Partial<ObservedInstance> = {}): ObservedInstance {
  return {
    instanceId: RECORD.instanceId,
    state,
    generation: 3n,
    starts: 1n,
    reboots: 0n,
    impaired: '',
    reason: undefined,
    ...more,
  } as ObservedInstance;
}

/** What the record is after some words of its node. */
function after(record: InstanceRecord, ...words: ObservedInstance[]): InstanceRecord {
  return words.reduce((known, each) => observe(known, each, NOW_MS) ?? known, record);
}

test('an instance is shown as its node saw it, and as pending before', () => {
  assert.equal(instanceState(RECORD), 'pending');
  assert.equal(instanceState(after(RECORD, word(InstanceState.PENDING))), 'pending');
  assert.equal(instanceState(after(RECORD, word(InstanceState.RUNNING))), 'running');
});

test('an older word, and one that is no news, change nothing', () => {
  const running = after(RECORD, word(InstanceState.RUNNING));
  assert.equal(observe(running, word(InstanceState.RUNNING), NOW_MS), undefined);
  assert.equal(observe(running, word(InstanceState.STOPPED, { generation: 2n }), NOW_MS), undefined);
  assert.equal(observe(running, word(InstanceState.UNSPECIFIED), NOW_MS), undefined);
});

test('what ends by itself is from then on asked to be stopped or terminated, as it was launched to', () => {
  const stopped = after(RECORD, word(InstanceState.RUNNING), word(InstanceState.STOPPED));
  assert.deepEqual([stopped.power, stopped.generation, stopped.reason?.code], ['stopped', 4, 'Client.InstanceInitiatedShutdown']);
  const terminated = after({ ...RECORD, shutdownBehavior: 'terminate' }, word(InstanceState.RUNNING), word(InstanceState.STOPPED));
  assert.equal(terminated.power, 'terminated');
  assert.equal(instanceState(terminated), 'shutting-down');
});

test('the word about an earlier run does not end the next one', () => {
  const stopped = after({ ...RECORD, power: 'stopped' }, word(InstanceState.STOPPED));
  assert.equal(instanceState(stopped), 'stopped');
  const startedAgain: InstanceRecord = { ...stopped, power: 'running', starts: 2, generation: 4 };
  const told = after(startedAgain, word(InstanceState.STOPPED, { generation: 4n }));
  assert.deepEqual([told.power, instanceState(told)], ['running', 'pending']);
  assert.equal(instanceState(after(told, word(InstanceState.RUNNING, { generation: 4n, starts: 2n }))), 'running');
});

test('what is asked for is not shown before the node has done it', () => {
  const running = after(RECORD, word(InstanceState.RUNNING));
  assert.equal(instanceState({ ...running, power: 'stopped', generation: 4 }), 'stopping');
  assert.equal(instanceState({ ...running, power: 'terminated', generation: 4 }), 'shutting-down');
});

test('a terminated instance stays so, with the reason that its node gave', () => {
  const reason = { code: 'Client.InvalidImage', message: 'no such file' };
  const gone = after(RECORD, word(InstanceState.TERMINATED, { reason }));
  assert.deepEqual([gone.power, gone.terminatedMs, gone.reason?.code], ['terminated', NOW_MS, 'Client.InvalidImage']);
  assert.equal(observe(gone, word(InstanceState.RUNNING, { generation: 9n }), NOW_MS), undefined);
});
