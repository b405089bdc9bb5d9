import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatAddress,
  freeAddress,
  guestAddresses,
  isGuestAddress,
  macOf,
  networkOf,
  parseAddress,
  parseNetwork,
  subnetAt,
} from './addresses.ts';

test('networks are read strictly, and beyond their prefix no bit is set', () => {
  assert.deepEqual(parseNetwork('10.201.16.0/20'), { base: parseAddress('10.201.16.0'), prefixLength: 20 });
  for (const text of [
    '',
    '10.0.0.0',
    '10.0.0.1/24',
    '10.0.0.0/33',
    '10.0.0/8',
    '256.0.0.0/8',
    '010.0.0.0/8',
    '10.0.0.0/8/8',
    '10.0.0.0/ 8',
  ])
    assert.equal(parseNetwork(text), undefined, text);
  assert.equal(networkOf('10.1.2.3/8'), '10.0.0.0/8');
  assert.equal(networkOf('255.255.255.255/0'), '0.0.0.0/0');
  assert.equal(networkOf('10.1.2.3'), undefined);
});

test('addresses beyond 127.255.255.255 are no negative numbers', () => {
  for (const text of ['0.0.0.0', '127.255.255.255', '128.0.0.0', '255.255.255.255']) assert.equal(formatAddress(parseAddress(text)!), text);
});

test('subnets lie side by side, up to the end of their network', () => {
  const network = parseNetwork('10.201.0.0/16')!;
  assert.equal(subnetAt(network, 20, 0), '10.201.0.0/20');
  assert.equal(subnetAt(network, 20, 15), '10.201.240.0/20');
  assert.equal(subnetAt(network, 20, 16), undefined);
});

test('guests get every address but the first four and the last', () => {
  const network = parseNetwork('10.0.0.0/28')!;
  const taken = new Set<string>();
  for (let address = freeAddress(network, (each) => taken.has(each)); address !== undefined;) {
    assert.ok(isGuestAddress(network, parseAddress(address)!), address);
    taken.add(address);
    address = freeAddress(network, (each) => taken.has(each));
  }
  assert.equal(taken.size, guestAddresses(network));
  assert.deepEqual([...taken].at(0), '10.0.0.4');
  assert.deepEqual([...taken].at(-1), '10.0.0.14');
});

test('each address has a MAC address of its own, administered locally', () => {
  assert.equal(macOf('10.201.0.4'), '02:50:0a:c9:00:04');
});
