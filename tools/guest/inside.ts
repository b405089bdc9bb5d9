// Runs inside of the guest, as its only work: says what kind of machine it is, and runs the tests that are wanted.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, COUNTS_FILE, MACHINE_FILE, REPORTS, WANTED_FILE } from './inside-places.ts';
import { describeMachine, wordsFor } from './machine-kind.ts';

const machine = describeMachine();
writeFileSync(join(REPORTS, MACHINE_FILE), JSON.stringify(machine));
process.stdout.write(`${wordsFor(machine)}\n`);

const files = JSON.parse(readFileSync(join(REPORTS, WANTED_FILE), 'utf8')) as string[];
const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    // Under emulation two at once are slower than one after the other.
    '--test-concurrency=1',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(CHECKOUT, 'tools/test-reporter.ts')}`,
    `--test-reporter-destination=${join(REPORTS, COUNTS_FILE)}`,
    ...files,
  ],
  { cwd: CHECKOUT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, NO_COLOR: '1' } },
);
process.exitCode = status ?? 1;
