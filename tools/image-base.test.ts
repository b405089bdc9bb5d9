import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from './test-counts.ts';

test('the images run the Node that the project pins', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
    devDependencies: { node: string };
  };
  const bases = [...readFileSync(join(repositoryRoot, 'Dockerfile'), 'utf8').matchAll(/^FROM (node\S+)/gm)].map((match) => match[1]);
  assert.deepEqual(bases, [`node:${devDependencies.node}-bookworm-slim`]);
});
