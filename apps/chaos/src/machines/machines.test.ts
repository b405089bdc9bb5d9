import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machinesScenario } from './machines-scenario.ts';
import { whyNoMachines } from './net-machines.ts';

const NO_MACHINES = await whyNoMachines();

test(
  'machines join, lose power, are replaced, drained and removed under load, and nothing acknowledged is lost',
  { skip: NO_MACHINES ?? false, timeout: 1_800_000 },
  async (t) => {
    const report = await machinesScenario({
      rounds: 1,
      withDeath: false,
      clients: 2,
      onProgress: (text) => {
        t.diagnostic(text);
      },
    });
    assert.deepEqual(report.lost, []);
    assert.deepEqual(report.unreadable, []);
    assert.ok(report.acknowledged > 0);
    assert.match(report.refusals[0] ?? '', /this token was used already/);
    assert.match(report.refusals[1] ?? '', /3 copies need as many other nodes/);
  },
);
