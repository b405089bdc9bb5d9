import { globSync } from 'node:fs';
import { repositoryRoot } from '../test-counts.ts';

/** The test files of all that runs instances, or those whose path has one of the words. */
export function findComputeTests(words: readonly string[]): readonly string[] {
  return globSync(['libs/instance-*/src/**/*.test.ts', 'apps/compute-node/src/**/*.test.ts'], { cwd: repositoryRoot })
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();
}
