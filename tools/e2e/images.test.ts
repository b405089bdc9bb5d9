import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../test-counts.ts';
import { baseImages } from './images.ts';

const read = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');

test('every base image is found where it is pinned', () => {
  const images = baseImages(read('Dockerfile'), read('deploy/compose.yaml'));
  assert.deepEqual(
    images.map((image) => image.replace(/:.*/, '')),
    ['node', 'debian', 'quay.io/coreos/etcd', 'haproxy'],
  );
});

test('the images run the Node that the project pins', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
  const bases = [...read('Dockerfile').matchAll(/^FROM (node\S+)/gm)].map((match) => match[1]);
  assert.deepEqual(bases, [`node:${devDependencies.node}-bookworm-slim`]);
});
