import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTANCE_TYPES } from './instance-types.ts';
import { fits, minus, type NodeRoom, place, roomOf } from './schedule.ts';

const GIB = 1024 ** 3;
const NANO = INSTANCE_TYPES.get('t3.nano')!;
const need = roomOf(NANO, 8);

function node(nodeId: string, memoryGib: number, more: Partial<NodeRoom> = {}): NodeRoom {
  return {
    nodeId,
    zoneName: 'a',
    architecture: 'x86_64',
    free: { cpuMillis: 32_000, memoryBytes: memoryGib * GIB, diskBytes: 1_000 * GIB },
    ...more,
  };
}

const wish = { need, architecture: 'x86_64', zoneName: undefined, count: 100 };

test('every instance type is of whole numbers: nodes are told of bytes and pids', () => {
  for (const type of INSTANCE_TYPES.values())
    for (const [field, value] of Object.entries(type))
      if (typeof value === 'number') assert.ok(Number.isInteger(value), `${type.name} ${field} ${value}`);
});

test('a node is given no more than it has of processor, memory and disk, whichever ends first', () => {
  const rooms = [
    { cpuMillis: 3 * need.cpuMillis, memoryBytes: 9 * need.memoryBytes, diskBytes: 9 * need.diskBytes },
    { cpuMillis: 9 * need.cpuMillis, memoryBytes: 3 * need.memoryBytes, diskBytes: 9 * need.diskBytes },
    { cpuMillis: 9 * need.cpuMillis, memoryBytes: 9 * need.memoryBytes, diskBytes: 3 * need.diskBytes },
  ];
  for (const free of rooms) assert.equal(place([node('n', 0, { free })], wish).length, 3);
});

test('instances spread over the nodes that have most memory left, and equal ones are taken by id', () => {
  const placed = place([node('b', 2), node('a', 2), node('c', 8)], { ...wish, count: 14 });
  assert.deepEqual(
    placed.slice(0, 12).map((each) => each.nodeId),
    Array.from({ length: 12 }, () => 'c'),
  );
  assert.deepEqual(
    placed.slice(12).map((each) => each.nodeId),
    ['a', 'b'],
  );
  assert.deepEqual(place([node('a', 2), node('c', 8), node('b', 2)], { ...wish, count: 14 }), placed);
});

test('the zone and the architecture that are wished for are kept', () => {
  const nodes = [node('a', 4), node('b', 4, { zoneName: 'b' }), node('c', 64, { architecture: 'arm64' })];
  assert.deepEqual(place(nodes, { ...wish, count: 2, zoneName: 'b' }), [
    { nodeId: 'b', zoneName: 'b' },
    { nodeId: 'b', zoneName: 'b' },
  ]);
  assert.equal(place(nodes, { ...wish, zoneName: 'c' }).length, 0);
  assert.equal(
    place(nodes, { ...wish, architecture: 'arm64' }).every((each) => each.nodeId === 'c'),
    true,
  );
});

test('a stopped instance keeps its disk alone', () => {
  assert.deepEqual(roomOf(NANO, 8, true), { cpuMillis: 0, memoryBytes: 0, diskBytes: 8 * GIB });
  assert.equal(fits(need, minus(need, roomOf(NANO, 8, true))), false);
});
