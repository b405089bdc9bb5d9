import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '..');

export interface TestCounts {
  readonly passed: number;
  /** Cancelled ones included. */
  readonly failed: number;
  readonly skipped: number;
}

/** Where `tools/test-project.ts` leaves the counts of a project; Nx keeps the file with the cached result. */
export function countsFile(project: string): string {
  return join(repositoryRoot, '.nx', 'test-counts', `${project.replaceAll('/', '-')}.json`);
}

/** Undefined when the project has no tests, or did not come to its end. */
export function readCounts(project: string): TestCounts | undefined {
  try {
    return JSON.parse(readFileSync(countsFile(project), 'utf8')) as TestCounts;
  } catch {
    return undefined;
  }
}

export function addCounts(a: TestCounts, b: TestCounts): TestCounts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

export const NO_TESTS: TestCounts = { passed: 0, failed: 0, skipped: 0 };
