import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DesiredInstance, Power, ShutdownBehavior } from '@pilvi/contracts/compute/v1/instance';
import type { TaskState } from '@pilvi/instance-driver';
import { NOTHING_CARRIED } from './instance-record.ts';
import type { Carried } from './instance-record.ts';
import { nextStep } from './next-step.ts';

const RUNNING: TaskState = { kind: 'running', pid: 1 };
const ABSENT: TaskState = { kind: 'absent' };
const ENDED: TaskState = { kind: 'exited', exit: { code: 3, outOfMemory: false, finishedMs: 9 } };
const LOST: TaskState = { kind: 'exited', exit: { code: undefined, outOfMemory: false, finishedMs: 0 } };

function step(desired: Partial<DesiredInstance>, carried: Partial<Carried>, task: TaskState): string {
  const record = {
    desired: DesiredInstance.fromPartial({ power: Power.RUNNING, starts: 1n, reboots: 0n, ...desired }),
    carried: { ...NOTHING_CARRIED, ...carried },
  };
  const { kind, ...rest } = nextStep(record, task);
  return [kind, ...Object.values(rest).filter((value) => typeof value === 'string')].join(' ');
}

const up = { phase: 'up', starts: 1n } as const;
const down = { phase: 'down', starts: 1n } as const;

void test('an instance is launched once for each start that was asked for', () => {
  assert.equal(step({}, {}, ABSENT), 'launch');
  assert.equal(step({}, up, RUNNING), 'rest');
  assert.equal(step({}, down, ABSENT), 'rest');
  assert.equal(step({ starts: 2n }, down, ABSENT), 'launch');
  assert.equal(step({ power: Power.STOPPED }, {}, ABSENT), 'rest');
  assert.equal(step({ power: Power.STOPPED, starts: 2n }, down, ABSENT), 'rest');
});

void test('a run that lost its process with the machine or the agent is brought back', () => {
  assert.equal(step({}, up, LOST), 'bring-back');
  assert.equal(step({}, up, ABSENT), 'bring-back');
  assert.equal(step({}, up, { kind: 'created', pid: 1 }), 'bring-back');
});

void test('a run that ended by itself is over, as the instance would have it', () => {
  assert.equal(step({}, up, ENDED), 'note-end down');
  assert.equal(step({ onShutdown: ShutdownBehavior.TERMINATE }, up, ENDED), 'note-end gone');
});

void test('stop, reboot and terminate', () => {
  assert.equal(step({ power: Power.STOPPED }, up, RUNNING), 'stop');
  for (const task of [ENDED, LOST, ABSENT]) assert.equal(step({ power: Power.STOPPED }, up, task), 'stop');
  assert.equal(step({ reboots: 1n }, up, RUNNING), 'reboot');
  assert.equal(step({ reboots: 1n }, { ...up, reboots: 1n }, RUNNING), 'rest');
  for (const phase of ['new', 'up', 'down'] as const) assert.equal(step({ power: Power.TERMINATED }, { phase }, RUNNING), 'terminate');
});

void test('what is gone stays gone, whatever is said of it later', () => {
  assert.equal(step({ starts: 9n }, { phase: 'gone' }, ABSENT), 'rest');
  assert.equal(step({ power: Power.TERMINATED }, { phase: 'gone' }, ABSENT), 'rest');
});

void test('what runs without a record is taken as it is', () => {
  assert.equal(step({}, {}, RUNNING), 'adopt');
});
