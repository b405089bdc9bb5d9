import assert from 'node:assert/strict';
import { test } from 'node:test';
import ssh2 from 'ssh2';
import { makeKeyPair } from './key-material.ts';

/** One in 750 was unreadable; that all of so many are sound by chance comes once in fifty runs. */
const MANY = 3_000;

test('every pair that is made can be read, and its halves belong together', async () => {
  for (let i = 0; i < MANY; i++) {
    const { privateKey, publicKey } = await makeKeyPair('ed25519', 'k');
    const key = ssh2.utils.parseKey(privateKey);
    assert.ok(!(key instanceof Error));
    assert.ok(publicKey.includes(key.getPublicSSH().toString('base64')));
  }
});
