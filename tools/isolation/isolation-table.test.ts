import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../test-counts.ts';
import { isolationTable, linesOf } from './isolation-table.ts';
import { ISOLATION_TESTS, testNames } from './tried.ts';

const names = ISOLATION_TESTS.flatMap(testNames);

test('docs/isolation.md has a line for every test of isolation, and no other', () => {
  const document = readFileSync(join(repositoryRoot, 'docs/isolation.md'), 'utf8');
  assert.deepEqual(linesOf(document), names, 'run: npm run test:cgroup-v2, then node tools/write-isolation-table.ts');
});

test('a line says what came of its test, and nothing of a test that did not run', () => {
  const machine = { kernel: '6.1', cgroupVersion: 2, controllers: ['cpu'], isAppArmorEnabled: true } as const;
  const [file = ''] = ISOLATION_TESTS;
  const [first = '', second = '', third = ''] = testNames(file);
  const results = [
    { file, name: first, outcome: 'passed' },
    { file, name: second, outcome: 'failed' },
  ] as const;
  const table = isolationTable([{ machine, results }]);
  assert.ok(table.includes(`| ${first} | passed |`));
  assert.ok(table.includes(`| ${second} | FAILED |`));
  assert.ok(table.includes(`| ${third} | - |`));
  assert.deepEqual(linesOf(table), names);
});
