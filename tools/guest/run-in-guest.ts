import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { NO_TESTS, repositoryRoot } from '../test-counts.ts';
import type { TestCounts } from '../test-counts.ts';
import { bootGuest } from './boot-guest.ts';
import { findGuestRoot, makeGuestRoot } from './guest-root.ts';
import { prepareHost } from './host-needs.ts';
import { COUNTS_FILE, MACHINE_FILE, WANTED_FILE } from './inside-places.ts';
import { wrongWith } from './machine-kind.ts';
import type { MachineKind } from './machine-kind.ts';

const LONGEST_MS = 90 * 60_000;
const SIGN_OF_LIFE_MS = 15_000;
const SHOWN_CONSOLE_LINES = 40;

/** What the tests found in the last guest, and what kind of machine it was. */
export const guestResultsFile = join(repositoryRoot, '.nx/isolation/guest.json');

/** Runs test files in a guest, shows what they print, and counts. A guest that did not come to its end, or is no machine with version 2, is a failure. */
export async function runInGuest(files: readonly string[]): Promise<TestCounts> {
  const startedMs = performance.now();
  const say = (words: string): void => void process.stdout.write(`guest ${clock(performance.now() - startedMs)}  ${words}\n`);
  await prepareHost({ isRootMade: findGuestRoot() !== undefined, say });
  let doing = "making the guest's root, once";
  const sign = setInterval(() => say(`... ${doing}`), SIGN_OF_LIFE_MS);
  const reports = mkdtempSync(join(tmpdir(), 'pilvi-guest-'));
  // Not once: a second signal would end us before the guest is.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  process.once('exit', () => rmSync(reports, { recursive: true, force: true }));
  try {
    const root = findGuestRoot() ?? (await makeGuestRoot());
    doing = 'booting';
    say(`${files.length} test files; ${doing}`);
    writeFileSync(join(reports, WANTED_FILE), JSON.stringify(files));
    const consoleLog = join(reports, 'console.log');
    const end = await bootGuest({
      root,
      reports,
      consoleLog,
      isKvmWanted: process.env['PILVI_KVM'] === '1',
      longestMs: LONGEST_MS,
      onLine(line) {
        doing = 'testing';
        say(line);
        sign.refresh();
      },
    });
    const machine = read(join(reports, MACHINE_FILE)) as MachineKind | undefined;
    const counts = read(join(reports, COUNTS_FILE)) as TestCounts | undefined;
    mkdirSync(dirname(guestResultsFile), { recursive: true });
    writeFileSync(guestResultsFile, JSON.stringify({ machine, results: counts?.results ?? [] }));
    return judge({ end, machine, counts, consoleLog });
  } finally {
    clearInterval(sign);
  }
}

interface Outcome {
  readonly end: string;
  readonly machine: MachineKind | undefined;
  readonly counts: TestCounts | undefined;
  readonly consoleLog: string;
}

function judge({ end, machine, counts, consoleLog }: Outcome): TestCounts {
  const problems = machine === undefined ? [] : wrongWith(machine);
  if (counts === undefined) {
    const console = readFileSync(consoleLog, 'utf8').split('\n').slice(-SHOWN_CONSOLE_LINES);
    return { ...NO_TESTS, failed: 1, failures: [{ name: 'the guest', where: `${end} before its tests had`, error: console }] };
  }
  const failures = problems.map((problem) => ({ name: 'the guest', where: problem, error: [] }));
  return { ...counts, failed: counts.failed + failures.length, failures: [...counts.failures, ...failures] };
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Minutes and seconds. */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`;
}
