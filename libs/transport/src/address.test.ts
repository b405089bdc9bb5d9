import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, parseAddress } from './address.ts';

test('addresses name their transport', () => {
  assert.deepEqual(parseAddress('unix:/run/pilvi/a.sock'), { kind: 'unix', path: '/run/pilvi/a.sock' });
  assert.deepEqual(parseAddress('unix:///run/a.sock'), { kind: 'unix', path: '/run/a.sock' });
  assert.deepEqual(parseAddress('node-1:7000'), { kind: 'tcp', host: 'node-1', port: 7000 });
  assert.deepEqual(parseAddress('[::1]:7000'), { kind: 'tcp', host: '::1', port: 7000 });
  for (const text of ['unix:/a', 'h:1', '[fe80::1]:65535']) assert.equal(formatAddress(parseAddress(text)), text);
});

test('what is no address is refused', () => {
  for (const text of ['', 'host', 'host:', ':1', 'host:65536', 'host:1x', 'http://host:1', 'unix:relative', '::1:7000']) {
    assert.throws(() => parseAddress(text), { name: 'TransportError', code: 'bad-address' }, text);
  }
});

test('a socket path is limited in bytes, not characters', () => {
  assert.doesNotThrow(() => parseAddress(`unix:/${'a'.repeat(106)}`));
  assert.throws(() => parseAddress(`unix:/${'a'.repeat(107)}`), { code: 'path-too-long', message: /108 bytes.*107/ });
  assert.throws(() => parseAddress(`unix:/${'ä'.repeat(54)}`), { code: 'path-too-long' });
});
