import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '..');

export interface TestCounts {
  readonly passed: number;
  /** Cancelled ones included. */
  readonly failed: number;
  readonly skipped: number;
  /** What is worth saying about each failure, for the end of a log. */
  readonly failures: readonly FailedTest[];
  /** How each single test ended. */
  readonly results: readonly TestResult[];
}

export interface TestResult {
  readonly name: string;
  /** Relative to the repository. */
  readonly file: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
}

export interface FailedTest {
  readonly name: string;
  /** `path:line`, relative to the repository. */
  readonly where: string;
  /** The first lines of the error. */
  readonly error: readonly string[];
}

/** Where `tools/test-project.ts` leaves the counts of a project; Nx keeps the file with the cached result. */
export function countsFile(project: string): string {
  return join(repositoryRoot, '.nx', 'test-counts', `${project.replaceAll('/', '-')}.json`);
}

/** Undefined when the project has no tests, or did not come to its end. */
export function readCounts(project: string): TestCounts | undefined {
  try {
    return { ...NO_TESTS, ...(JSON.parse(readFileSync(countsFile(project), 'utf8')) as Partial<TestCounts>) };
  } catch {
    return undefined;
  }
}

export function addCounts(a: TestCounts, b: TestCounts): TestCounts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
    results: [...a.results, ...b.results],
  };
}

/** The failures as lines. They come last in a log, since often only its end is kept. */
export function describeFailures({ failures }: TestCounts): string {
  const lines = failures.flatMap(({ name, where, error }) => [`FAILED  ${name} (${where})`, ...error.map((line) => `          ${line}`)]);
  return lines.map((line) => `${line}\n`).join('');
}

export const NO_TESTS: TestCounts = { passed: 0, failed: 0, skipped: 0, failures: [], results: [] };
