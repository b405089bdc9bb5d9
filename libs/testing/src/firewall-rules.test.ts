import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutFrom, firewallRules } from './firewall-rules.ts';

const addresses = new Map([
  ['storage-1', '172.20.0.130'],
  ['storage-2', '172.20.0.131'],
  ['gateway-1', '172.20.0.70'],
]);

test('a cut is seen from both sides, and by nobody else', () => {
  const cuts = [{ one: ['storage-1'], other: ['gateway-1', 'storage-2'] }];
  assert.deepEqual(cutFrom('storage-1', cuts, addresses), ['172.20.0.70', '172.20.0.131']);
  assert.deepEqual(cutFrom('gateway-1', cuts, addresses), ['172.20.0.130']);
  assert.deepEqual(cutFrom('etcd-1', cuts, addresses), []);
});

test('cuts that overlap are one set of addresses', () => {
  const cuts = [
    { one: ['storage-1'], other: ['storage-2'] },
    { one: ['storage-2'], other: ['storage-1', 'gateway-1'] },
  ];
  assert.deepEqual(cutFrom('storage-2', cuts, addresses), ['172.20.0.130', '172.20.0.70']);
});

test('the rules replace the ones before in one step, and drop both ways', () => {
  assert.equal(
    firewallRules(['10.0.0.1'], [{ address: '10.0.0.2', lossPercent: 2.5 }]),
    `table ip pilvi_testing
delete table ip pilvi_testing
table ip pilvi_testing {
  chain incoming { type filter hook input priority -200;
    ip saddr { 10.0.0.1 } drop
  }
  chain outgoing { type filter hook output priority -200;
    ip daddr { 10.0.0.1 } drop
    ip daddr 10.0.0.2 numgen random mod 100000 < 2500 drop
  }
}
`,
  );
});

test('healed: the table is gone', () => {
  assert.equal(firewallRules([], []), 'table ip pilvi_testing\ndelete table ip pilvi_testing\n');
});
