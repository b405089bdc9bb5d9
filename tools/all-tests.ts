import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTarget } from './nx.ts';
import { addCounts, NO_TESTS, readCounts, repositoryRoot } from './test-counts.ts';
import type { TestCounts } from './test-counts.ts';

/** Runs the test target of every project and adds up what the projects counted. One that did not come to its end counts as a failure. */
export async function runAllTests(): Promise<TestCounts> {
  rmSync(join(repositoryRoot, '.nx', 'test-counts'), { recursive: true, force: true });
  const projects = testedProjects();
  let exitCode = await runTarget('test');
  // Nx remembers that they passed, and has lost the file that says how many; or they did not come to their end.
  const uncounted = projects.filter((project) => readCounts(project) === undefined);
  if (uncounted.length > 0) exitCode = (await runTarget('test', { anew: uncounted })) || exitCode;
  const counts = projects.map((project) => readCounts(project) ?? cutShort(project));
  const sum = counts.reduce(addCounts, NO_TESTS);
  // A failure that no count shows: Nx itself.
  return exitCode !== 0 && sum.failed === 0 ? addCounts(sum, cutShort('nx run-many -t test')) : sum;
}

function cutShort(name: string): TestCounts {
  return { ...NO_TESTS, failed: 1, failures: [{ name, where: 'did not come to its end', error: [] }] };
}

/** The folders of the projects that have tests. */
function testedProjects(): readonly string[] {
  const tests = globSync(['{apps,libs}/*/src/**/*.test.ts', '{e2e,tools}/**/*.test.ts'], { cwd: repositoryRoot });
  const roots = tests.map((file) => /^(e2e|tools)\//.exec(file)?.[1] ?? file.split('/').slice(0, 2).join('/'));
  return [...new Set(roots)].sort();
}
