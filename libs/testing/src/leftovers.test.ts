import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { deadOwners } from './leftovers.ts';

test('only what a process of this host has left, that no longer runs, is taken away', () => {
  const owners = [`${hostname()}/1`, `${hostname()}/2`, `${hostname()}/2`, 'elsewhere/2'];
  assert.deepEqual(
    deadOwners(owners, (pid) => pid === 1),
    [`${hostname()}/2`],
  );
});
