// Writes docs/isolation.md: runs the tests of isolation on this machine, and takes what the last `npm run test:cgroup-v2` found in its guest. Root.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeMachine } from './guest/machine-kind.ts';
import { guestResultsFile } from './guest/run-in-guest.ts';
import { isolationTable } from './isolation/isolation-table.ts';
import type { MachineResults } from './isolation/isolation-table.ts';
import { ISOLATION_TESTS } from './isolation/tried.ts';
import { repositoryRoot } from './test-counts.ts';
import type { TestCounts } from './test-counts.ts';

const guest = JSON.parse(readFileSync(guestResultsFile, 'utf8')) as MachineResults;
const notRun = ISOLATION_TESTS.filter((file) => !guest.results.some((result) => result.file === file));
if (notRun.length > 0) throw new Error(`the last guest did not run ${notRun.join(', ')}`);
const document = join(repositoryRoot, 'docs/isolation.md');
const table = isolationTable([{ machine: describeMachine(), results: resultsHere() }, guest]);
writeFileSync(document, table);
const prettier = join(repositoryRoot, 'node_modules/.bin/prettier');
execFileSync(prettier, ['--write', '--log-level=warn', document], { stdio: 'inherit' });
if (table.includes('FAILED')) throw new Error(`not all of it holds: see ${document}`);

function resultsHere(): TestCounts['results'] {
  const counts = join(repositoryRoot, '.nx/isolation/here.json');
  mkdirSync(dirname(counts), { recursive: true });
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${join(import.meta.dirname, 'test-reporter.ts')}`, `--test-reporter-destination=${counts}`],
  ];
  spawnSync(process.execPath, ['--test', ...reporters, ...ISOLATION_TESTS], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return (JSON.parse(readFileSync(counts, 'utf8')) as TestCounts).results;
}
