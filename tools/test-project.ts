// Runs the tests of one project (`node tools/test-project.ts libs/runtime`) and leaves their counts in .nx/test-counts/.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { countsFile, repositoryRoot } from './test-counts.ts';

const project = process.argv[2];
if (project === undefined) throw new Error('usage: node tools/test-project.ts <project folder>');

const tests = globSync(`${project}/**/*.test.ts`, { cwd: repositoryRoot, exclude: ['**/node_modules/**'] }).sort();
const counts = countsFile(project);
mkdirSync(dirname(counts), { recursive: true });
rmSync(counts, { force: true });

// With no file named, `node --test` would look for tests by itself, all over the repository.
if (tests.length === 0) process.exit(0);

const reporters = [
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  `--test-reporter=${join(import.meta.dirname, 'test-reporter.ts')}`,
];
const { status } = spawnSync(process.execPath, ['--test', ...reporters, `--test-reporter-destination=${counts}`, ...tests], {
  cwd: repositoryRoot,
  stdio: ['ignore', 'inherit', 'inherit'],
});
process.exit(status ?? 1);
