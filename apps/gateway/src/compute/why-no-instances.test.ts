import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComputeHeartbeat, ComputeHello } from '@pilvi/contracts/compute/v1/service';
import { whyNoInstances } from './why-no-instances.ts';

const absence = 'no compute node is connected to this cluster';
const node = (name: string, missing: readonly string[], stopping = false) => ({
  hello: ComputeHello.fromPartial({ name }),
  heartbeat: ComputeHeartbeat.fromPartial({ driver: { name: 'crun', ready: missing.length === 0, missing: [...missing] }, stopping }),
});

test('one node that can is enough, and nobody is told what others lack', () => {
  assert.equal(whyNoInstances({ absence, nodes: [node('compute-1', ['root']), node('compute-2', [])] }), '');
});

test('what is missing is named, node by node', () => {
  assert.equal(whyNoInstances({ absence, nodes: [] }), absence);
  assert.equal(
    whyNoInstances({
      absence,
      nodes: [node('compute-1', ['root', 'the program crun (Debian package crun)']), node('compute-2', [], true)],
    }),
    'the machine of compute-1 lacks root, the program crun (Debian package crun); compute-2 stops',
  );
});
