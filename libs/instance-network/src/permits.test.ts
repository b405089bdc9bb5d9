import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permits } from './permits.ts';
import type { Flow } from './permits.ts';
import { sampleAttachment, sampleGroup } from './testing/sample-network.ts';

const ping: Flow['packet'] = { kind: 'icmp', type: 8, code: 0 };

function inbound(rule: string, packet: Flow['packet'], source = '192.0.2.1'): boolean {
  const attachment = sampleAttachment(5, ['sg-a']);
  return permits(
    { attachments: new Map([['i', attachment]]), groups: new Map([['sg-a', sampleGroup('sg-a', 1n, [rule])]]) },
    { source, destination: '10.201.0.5', packet },
  );
}

test('ICMP rules name a type, or all of them', () => {
  assert.equal(inbound('in icmp 8 0.0.0.0/0', ping), true);
  assert.equal(inbound('in icmp 0 0.0.0.0/0', ping), false);
  assert.equal(inbound('in icmp 0.0.0.0/0', ping), true);
  assert.equal(inbound('in tcp 8 0.0.0.0/0', ping), false);
});

test('a protocol may be told by its number, and one with a name by either', () => {
  assert.equal(inbound('in 47 0.0.0.0/0', { kind: 'protocol', number: 47 }), true);
  assert.equal(inbound('in 47 0.0.0.0/0', { kind: 'protocol', number: 50 }), false);
  assert.equal(inbound('in 6 0.0.0.0/0', { kind: 'tcp', port: 22 }), true);
  assert.equal(inbound('in udp 0-65535 0.0.0.0/0', ping), false);
});

test('who is in no group of this node is not asked', () => {
  const nobody = { attachments: new Map(), groups: new Map() };
  assert.equal(permits(nobody, { source: '192.0.2.1', destination: '192.0.2.2', packet: ping }), true);
});
