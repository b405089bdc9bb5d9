// Runs inside of the guest, as its only work: says what kind of machine it is, and runs the tests that are wanted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, COUNTS_FILE, MACHINE_FILE, REPORTS, WANTED_FILE } from './inside-places.ts';
import { describeMachine, wordsFor } from './machine-kind.ts';
import { describeProcesses } from './stand-still.ts';

/** Tests that say nothing for so long stand still: what everybody waits for is said, and a while later the run is given up. */
const SILENT_MS = 4 * 60_000;
const GIVEN_UP_MS = 8 * 60_000;
const LOOK_MS = 5_000;

const machine = describeMachine();
writeFileSync(join(REPORTS, MACHINE_FILE), JSON.stringify(machine));
process.stdout.write(`${wordsFor(machine)}\n`);

const files = JSON.parse(readFileSync(join(REPORTS, WANTED_FILE), 'utf8')) as string[];
const runner = spawn(
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
  { cwd: CHECKOUT, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NO_COLOR: '1' } },
);
let saidMs = performance.now();
runner.stdout.on('data', (words: Buffer) => {
  saidMs = performance.now();
  process.stdout.write(words);
});
let isTold = false;
const look = setInterval(() => {
  const silentMs = performance.now() - saidMs;
  if (silentMs > SILENT_MS && !isTold) process.stdout.write(`the tests stand still:\n${describeProcesses()}`);
  isTold = silentMs > SILENT_MS;
  if (silentMs > GIVEN_UP_MS) process.exit(1);
}, LOOK_MS);
const [code] = (await once(runner, 'close')) as [number | null];
clearInterval(look);
process.exitCode = code ?? 1;
