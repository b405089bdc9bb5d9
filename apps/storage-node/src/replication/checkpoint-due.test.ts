import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCheckpointDue } from './checkpoint-due.ts';

const LIMITS = { everyMs: 60_000, logBytes: 64 * 1024 * 1024 };

for (const [what, sinceMs, records, logBytes, due] of [
  ['its time has come', 60_000, 1, 100, true],
  ['nothing was written', 600_000, 0, 100, false],
  ['little was written, not long ago', 59_000, 999, 100, false],
  ['a node brought many records from before its start', 5_000, 1_000, 100, true],
  ['not while a node that starts is being taken in', 4_000, 100_000, 100, false],
  ['the log has grown to its limit', 1_000, 1, LIMITS.logBytes, true],
] as const)
  test(`a checkpoint is ${due ? '' : 'not '}due: ${what}`, () => {
    assert.equal(isCheckpointDue({ sinceMs, records, logBytes }, LIMITS), due);
  });
