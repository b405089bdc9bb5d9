import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishAddressFor } from './engine.ts';

test('ports are published where the tests reach the engine', () => {
  assert.equal(publishAddressFor('localhost'), '127.0.0.1');
  assert.equal(publishAddressFor('172.17.0.1'), '172.17.0.1', 'tests that run in a container themselves');
  assert.equal(publishAddressFor('build-machine.example'), '0.0.0.0');
});
