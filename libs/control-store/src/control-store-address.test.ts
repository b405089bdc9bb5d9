import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatControlStoreAddress, parseControlStoreAddress } from './control-store-address.ts';

test('an address of the control store is read, and written as it was', () => {
  for (const text of ['embedded', 'etcd://10.0.0.1:2379', 'etcd://a:2379,b:2379,[::1]:2379', 'etcd://a:2379/photos']) {
    assert.equal(formatControlStoreAddress(parseControlStoreAddress(text)), text);
  }
  assert.deepEqual(parseControlStoreAddress('etcd://a:1, b:2/'), { kind: 'etcd', endpoints: ['a:1', 'b:2'], cluster: 'default' });
});

test('what is no address is refused', () => {
  for (const text of ['', 'etcd', 'etcd://', 'etcd://a', 'http://a:1', 'etcd://a:1,,b:2', 'etcd://a:1/b/c', 'etcd://a:1/ä']) {
    assert.throws(() => parseControlStoreAddress(text), { code: 'bad-address' }, text);
  }
});
