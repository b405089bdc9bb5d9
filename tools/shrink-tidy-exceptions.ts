// Lowers the entries of tools/tidy-exceptions.json to what is there now, and drops those that are no longer needed. It never raises one.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findUntidy, sourceFiles } from './tidy.ts';
import { repositoryRoot } from './test-counts.ts';

const file = join(import.meta.dirname, 'tidy-exceptions.json');
const exceptions = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
const untidy = sourceFiles(repositoryRoot).flatMap((path) => findUntidy(path, readFileSync(join(repositoryRoot, path), 'utf8')));
const shrunk = untidy.flatMap(({ where, size }) => {
  const allowed = exceptions[where];
  return allowed === undefined ? [] : [[where, Math.min(allowed, size)] as const];
});
writeFileSync(file, `${JSON.stringify(Object.fromEntries(shrunk), undefined, 2)}\n`);
