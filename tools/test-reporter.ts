import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { NO_TESTS, repositoryRoot } from './test-counts.ts';
import type { FailedTest, TestCounts, TestResult } from './test-counts.ts';

const ERROR_LINES = 12;
const ERROR_LINE_LENGTH = 200;

/** A node:test reporter that writes the final counts, the failures and how each test ended, as JSON: nothing has to be parsed out of text. */
// node:test takes a reporter as a default export.
export default async function* testReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let counts: TestCounts = NO_TESTS;
  const failures: FailedTest[] = [];
  const results: TestResult[] = [];
  for await (const event of source) {
    if (event.type === 'test:fail' && !failedByParts(event)) failures.push(describe(event));
    if (event.type === 'test:pass' || event.type === 'test:fail') results.push(...resultOf(event));
    // One summary per file, and a last one of the whole run, which names no file.
    if (event.type === 'test:summary' && event.data.file === undefined) {
      const { tests, passed, skipped, todo } = event.data.counts;
      counts = { passed, failed: tests - passed - skipped - todo, skipped: skipped + todo, failures, results };
    }
  }
  yield `${JSON.stringify(counts)}\n`;
}

type Failure = Extract<TestEvent, { type: 'test:fail' }>;

/** A suite or a file fails with its tests, which are told for themselves. */
function failedByParts({ data }: Failure): boolean {
  return (data.details.error as { failureType?: string }).failureType === 'subtestsFailed';
}

/** Suites and files are no tests. */
function resultOf({ type, data }: Failure | Extract<TestEvent, { type: 'test:pass' }>): readonly TestResult[] {
  if (data.details.type === 'suite' || data.file === undefined || data.name === data.file) return [];
  const isSkipped = data.skip !== undefined && data.skip !== false;
  return [
    {
      name: data.name,
      file: relative(repositoryRoot, data.file),
      outcome: type === 'test:fail' ? 'failed' : isSkipped ? 'skipped' : 'passed',
    },
  ];
}

function describe({ data }: Failure): FailedTest {
  const { error } = data.details;
  // What node:test wraps: the error that the test threw.
  const { exitCode, signal } = error as { exitCode?: number | null; signal?: string | null };
  const end = exitCode == null && signal == null ? '' : ` (${signal ?? `exit code ${String(exitCode)}`})`;
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : `${error.message}${end}`;
  const lines = cause.split('\n').filter((line) => line.trim() !== '' && !line.includes('node:internal'));
  return {
    name: data.name,
    where: data.file === undefined ? '' : `${relative(repositoryRoot, data.file)}:${String(data.line ?? 0)}`,
    error: lines.slice(0, ERROR_LINES).map((line) => line.slice(0, ERROR_LINE_LENGTH)),
  };
}
