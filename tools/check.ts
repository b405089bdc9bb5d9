// Everything that CI asks, in the order in which a mistake is cheapest to find. Each step counts as one check beside the tests.
import { runAllTests } from './all-tests.ts';
import { findScenarios, runScenarios } from './e2e/run-scenarios.ts';
import { runTarget, runTool } from './nx.ts';
import { addCounts, describeFailures, NO_TESTS } from './test-counts.ts';
import type { TestCounts } from './test-counts.ts';

interface Step {
  readonly name: string;
  readonly run: () => Promise<TestCounts>;
}

const steps: readonly Step[] = [
  { name: 'format', run: () => check(runTool('prettier', ['--check', '--log-level=warn', '.'])) },
  { name: 'contracts up to date', run: () => check(runTool('node', ['libs/contracts/src/check-generated.ts'])) },
  { name: 'types', run: () => check(runTarget('typecheck')) },
  { name: 'lint and boundaries', run: () => check(runTarget('lint')) },
  { name: 'unused code and dependencies', run: () => check(runTool('knip', ['--no-progress', '--no-config-hints'])) },
  { name: 'tests', run: runAllTests },
  { name: 'end-to-end, the short scenarios', run: () => runScenarios('smoke', findScenarios([])) },
];

const results: { readonly name: string; readonly counts: TestCounts; readonly seconds: number }[] = [];
for (const { name, run } of steps) {
  const startedMs = performance.now();
  process.stdout.write(`\n== ${name}\n`);
  results.push({ name, counts: await run(), seconds: (performance.now() - startedMs) / 1000 });
}

const total = results.map((result) => result.counts).reduce(addCounts, NO_TESTS);
process.stdout.write(`\n${describeFailures(total)}`);
for (const { name, counts, seconds } of results) {
  process.stdout.write(`${outcomeOf(counts)}  ${name} (${seconds.toFixed(0)} s)\n`);
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;

function outcomeOf({ passed, failed }: TestCounts): string {
  if (failed > 0) return 'FAILED ';
  return passed > 0 ? 'ok     ' : 'SKIPPED';
}

async function check(exitCode: Promise<number>): Promise<TestCounts> {
  const failed = (await exitCode) === 0 ? 0 : 1;
  return { ...NO_TESTS, passed: 1 - failed, failed };
}
