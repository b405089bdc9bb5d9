import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { installLine, missingPackages, PACKAGE_OF } from './debian-packages.mjs';
import { repositoryRoot } from './test-counts.ts';

test('every Debian package that a compute node may ask for is among those that npm start installs', () => {
  const all = globSync(['apps/compute-node/src/**/*.ts', 'libs/instance-*/src/**/*.ts'], { cwd: repositoryRoot });
  // Tests use programs of their own.
  const sources = all.filter((file) => !file.endsWith('.test.ts'));
  const named = sources.flatMap((file) => [...readFileSync(join(repositoryRoot, file), 'utf8').matchAll(/Debian package ([a-z0-9-]+)\)/g)]);
  const packages = new Set(named.flatMap(([, name]) => name ?? []));
  assert.ok(packages.has('busybox-static'));
  for (const name of packages) assert.ok(Object.values(PACKAGE_OF).includes(name), name);
});

test('what is there is not installed again, and what installs the rest is told as a person would type it', () => {
  const missing = missingPackages('/nowhere');
  assert.equal(new Set(missing).size, missing.length);
  assert.equal(installLine(['crun', 'tini']), 'apt-get update && apt-get install --yes --no-install-recommends crun tini');
});
