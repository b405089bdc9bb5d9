import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findUntidy, sourceFiles } from './tidy.ts';
import { repositoryRoot } from './test-counts.ts';

/** What is larger than the style allows, with its size. The list may only shrink: an entry too many or too large fails as well. */
const exceptions = JSON.parse(readFileSync(join(import.meta.dirname, 'tidy-exceptions.json'), 'utf8')) as Record<string, number>;

const files = sourceFiles(repositoryRoot);
const untidy = files.flatMap((file) => findUntidy(file, readFileSync(join(repositoryRoot, file), 'utf8')));

void test('the style of STYLE rules 2, 3, 6 and 17 holds, but for the listed exceptions', () => {
  const found = Object.fromEntries(untidy.map(({ where, size }) => [where, size]));
  const worse = untidy.filter(({ where, size }) => size > (exceptions[where] ?? 0)).map(({ where, message }) => `${where}: ${message}`);
  assert.deepEqual(worse, [], 'split or rename these, or list them in tools/tidy-exceptions.json with a reason in the commit');
  const better = Object.entries(exceptions).filter(([where, size]) => (found[where] ?? 0) < size);
  assert.deepEqual(better, [], 'these got better: run node tools/shrink-tidy-exceptions.ts');
});

void test('every library has a README and an index', () => {
  const libraries = [...new Set(files.filter((file) => file.startsWith('libs/')).map((file) => file.split('/').slice(0, 2).join('/')))];
  const missing = libraries
    .flatMap((library) => [`${library}/README.md`, ...(library === 'libs/contracts' ? [] : [`${library}/src/index.ts`])])
    .filter((path) => !existsSync(join(repositoryRoot, path)));
  assert.deepEqual(missing, []);
});

void test('the rules find what they are for', () => {
  const where = (file: string, text: string): readonly string[] => findUntidy(file, text).map((found) => found.where);
  const long = `function f() {\n${'  g();\n'.repeat(80)}}\n`;
  assert.deepEqual(where('libs/a/src/x.ts', long), ['libs/a/src/x.ts f()']);
  assert.deepEqual(where('libs/a/src/x.ts', 'a;\n'.repeat(201)), ['libs/a/src/x.ts']);
  assert.deepEqual(where('libs/a/src/x.ts', "export * from './y.ts';"), ['libs/a/src/x.ts export *']);
  assert.deepEqual(where('libs/a/src/x.ts', 'export default 1;'), ['libs/a/src/x.ts default export']);
  assert.deepEqual(where('libs/a/src/string-utils.ts', ''), ['libs/a/src/string-utils.ts name']);
  assert.deepEqual(where('libs/replication/src/x.ts', 'const t = Date.now();'), ['libs/replication/src/x.ts Date.now']);
  assert.deepEqual(where('libs/replication/src/x.ts', 'setTimeout(f, 1);'), ['libs/replication/src/x.ts setTimeout']);
  assert.deepEqual(where('libs/replication/src/x.ts', '// Date.now() is not called here'), []);
  assert.deepEqual(where('libs/runtime/src/x.ts', 'const t = Date.now();'), []);
});
