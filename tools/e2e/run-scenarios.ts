import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { countsFile, NO_TESTS, readCounts, repositoryRoot } from '../test-counts.ts';
import type { TestCounts } from '../test-counts.ts';
import { ensureCompose } from './compose.ts';
import { outputOf, say } from './command.ts';
import { ensureEngine, NoEngineError } from './engine.ts';
import { makeImages } from './images.ts';
import { listOurs } from './leftovers.ts';

/** Which scenarios: those that CI has time for, or all. */
export type Scope = 'smoke' | 'all';

/** Scenarios that hang are ended: whoever waits for CI must not wait for ever. */
const BOUND_MS: Readonly<Record<Scope, number>> = { smoke: 15 * 60_000, all: 3 * 3_600_000 };
const PROJECT = 'e2e';

/** Runs the scenarios of e2e/ on a Docker engine and prints their table. Without an engine: says so, and counts one skipped. */
export async function runScenarios(scope: Scope, files: readonly string[]): Promise<TestCounts> {
  // Without a file `node --test` would run every test there is.
  if (files.length === 0) throw new Error('no scenario to run');
  try {
    await using _engine = await ensureEngine();
    const { standIns } = await makeImages();
    const compose = await ensureCompose();
    const before = listOurs();
    const results = join(repositoryRoot, '.nx', 'e2e-results.jsonl');
    rmSync(results, { force: true });
    const counts = await runTests(scope, files, {
      PILVI_E2E: scope,
      PILVI_E2E_RESULTS: results,
      PILVI_COMPOSE: compose?.join(' ') ?? '',
      // Its reaper is an image that cannot be pulled either.
      ...(standIns ? { TESTCONTAINERS_RYUK_DISABLED: 'true' } : {}),
    });
    printTable(results);
    return withLeftovers(counts, before);
  } catch (error) {
    if (!(error instanceof NoEngineError)) throw error;
    say(`SKIPPED all scenarios: ${error.message}`);
    return { ...NO_TESTS, skipped: 1 };
  }
}

/** Scenarios by name, or all there are. */
export function findScenarios(names: readonly string[]): readonly string[] {
  const all = globSync('e2e/scenarios/*.e2e.ts', { cwd: repositoryRoot }).sort();
  return names.length === 0 ? all : all.filter((file) => names.some((name) => file.endsWith(`/${name}.e2e.ts`) || file === name));
}

/** One file after the other: each has clusters of its own, and a small machine bears one. */
async function runTests(scope: Scope, files: readonly string[], env: Readonly<Record<string, string>>): Promise<TestCounts> {
  const file = countsFile(PROJECT);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  const reporters = ['spec', join(repositoryRoot, 'tools/test-reporter.ts')].flatMap((reporter, i) => [
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${i === 0 ? 'stdout' : file}`,
  ]);
  const child = spawn(process.execPath, ['--test', '--test-concurrency=1', ...reporters, ...files], {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const bound = setTimeout(() => child.kill('SIGTERM'), BOUND_MS[scope]);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('exit', resolve);
  await promise;
  clearTimeout(bound);
  return (
    readCounts(PROJECT) ?? { ...NO_TESTS, failed: 1, failures: [{ name: 'scenarios', where: 'did not come to their end', error: [] }] }
  );
}

function printTable(results: string): void {
  if (!existsSync(results) || readFileSync(results, 'utf8') === '') return;
  process.stdout.write(`\n${outputOf(process.execPath, ['e2e/src/main.ts', results]) ?? ''}\n\n`);
}

function withLeftovers(counts: TestCounts, before: ReadonlySet<string>): TestCounts {
  const left = [...listOurs()].filter((name) => !before.has(name));
  if (left.length === 0) return counts;
  const failure = { name: 'scenarios leave nothing behind', where: 'the Docker engine', error: left };
  return { ...counts, failed: counts.failed + 1, failures: [...counts.failures, failure] };
}
