import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawTable } from './draw-table.ts';
import type { ScenarioResult } from './results.ts';

const run: ScenarioResult = {
  scenario: 'a node dies',
  readsInterruptedMs: 100,
  writesInterruptedMs: 300,
  longestReadMs: 400,
  longestWriteMs: 1_300,
  operations: 50,
  losses: 0,
  failedRequests: 2,
};

test('one run is told as it was, several by their middle and their worst', () => {
  const others = [1_000, 200].map((ms) => ({ ...run, scenario: 'a zone', writesInterruptedMs: ms }));
  const lines = drawTable([run, { ...run, scenario: 'a zone', losses: 1 }, ...others]).split('\n');
  assert.equal(lines[2], '| a node dies | 0.10 s | 0.30 s | 0.40 s | 1.30 s | 50 | 2 | 0 |');
  assert.equal(lines[3], '| a zone (3 runs) | 0.10 s, 0.10 s | 0.30 s, 1.00 s | 0.40 s, 0.40 s | 1.30 s, 1.30 s | 150 | 6 | 1 |');
});
