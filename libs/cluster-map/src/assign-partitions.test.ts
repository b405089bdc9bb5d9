import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assignPartitions } from './assign-partitions.ts';
import type { WantedAssignment } from './assign-partitions.ts';
import { epoch, incarnation, nodeName, partitionId, proposalId, zone } from './ids.ts';
import type { Member, PartitionConfig } from './map.ts';

const settings = { clusterId: 'x', copies: 3, minInSync: 2, minZones: 2, partitions: 128 };
const member = (name: string, zoneName: string, weight = 1): Member => ({
  incarnation: incarnation(name),
  name: nodeName(name),
  zone: zone(zoneName),
  weight,
  address: name,
  state: 'active',
  joinedMs: 0,
  lastSeenMs: 0,
});
const asConfig = ({ replicas, primary }: WantedAssignment, p: number): PartitionConfig => ({
  partition: partitionId(p),
  epoch: epoch(1),
  proposal: proposalId('p'),
  replicas,
  primary,
  inSync: replicas,
  learners: [],
});

test('P1: copies are in distinct zones as long as there are enough, and primaries are balanced', () => {
  const arbitrary = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 9 });
  fc.assert(
    fc.property(arbitrary, (zones) => {
      const members = zones.map((z, i) => member(`n${String(i)}`, `z${String(z)}`));
      const wanted = assignPartitions({ settings, members, current: [] });
      const distinct = Math.min(3, new Set(zones).size);
      for (const { replicas, primary } of wanted) {
        assert.equal(new Set(replicas).size, 3);
        assert.equal(new Set(replicas.map((r) => members.find((m) => m.incarnation === r)?.zone)).size, distinct);
        assert.ok(replicas.includes(primary));
      }
    }),
    { numRuns: 50 },
  );
});

test('P1: nothing moves while nothing changes, and a fourth node takes about a quarter', () => {
  const three = ['a', 'b', 'c'].map((n) => member(n, `z-${n}`));
  const before = assignPartitions({ settings, members: three, current: [] }).map(asConfig);
  const same = assignPartitions({ settings, members: three, current: before });
  assert.deepEqual(
    same.map((w) => w.replicas),
    before.map((c) => c.replicas),
  );
  const primaries = three.map((m) => before.filter((c) => c.primary === m.incarnation).length);
  assert.ok(Math.max(...primaries) - Math.min(...primaries) <= 2, primaries.join());
  const after = assignPartitions({ settings, members: [...three, member('d', 'z-d')], current: before });
  const moved = after.reduce((sum, w, p) => sum + w.replicas.filter((r) => before[p]?.replicas.includes(r) !== true).length, 0);
  assert.ok(moved >= 90 && moved <= 102, `moved ${String(moved)} of 384`);
});

const held = (wanted: readonly WantedAssignment[], node: string): number => wanted.filter((w) => w.replicas.some((r) => r === node)).length;

test('P1: a second node of a zone takes half of what is there, and nothing else moves', () => {
  const three = ['a', 'b', 'c'].map((n) => member(n, `z-${n}`));
  const before = assignPartitions({ settings, members: three, current: [] }).map(asConfig);
  const after = assignPartitions({ settings, members: [...three, member('d', 'z-a')], current: before });
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((n) => held(after, n)),
    [64, 128, 128, 64],
  );
});

test('P1: shares go by weight', () => {
  const members = [member('a', 'z1'), member('b', 'z1', 3), member('c', 'z2', 2), member('d', 'z3', 2)];
  const wanted = assignPartitions({ settings, members, current: [] });
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((n) => held(wanted, n)),
    [32, 96, 128, 128],
  );
});

const sameSet = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((x) => b.includes(x));

test('P1: whoever comes or goes, it settles: after a few rounds nothing moves any more', () => {
  const nodes = fc.array(fc.record({ zone: fc.nat(4), weight: fc.integer({ min: 1, max: 3 }) }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(nodes, fc.infiniteStream(fc.boolean()), fc.infiniteStream(fc.boolean()), (drawn, was, is) => {
      const all = drawn.map((n, i) => member(`n${String(i)}`, `z${String(n.zone)}`, n.weight));
      const before = all.filter(() => was.next().value);
      const after = all.filter(() => is.next().value);
      fc.pre(before.length > 0 && after.length > 0);
      let wanted = assignPartitions({ settings, members: before, current: [] });
      for (let round = 0; ; round++) {
        const next = assignPartitions({ settings, members: after, current: wanted.map(asConfig) });
        for (const one of next) assert.equal(new Set(one.replicas).size, Math.min(3, after.length));
        const moves = next.filter((w, p) => !sameSet(w.replicas, wanted[p]!.replicas) || w.primary !== wanted[p]!.primary).length;
        if (moves === 0) return;
        assert.ok(round < 5, `${String(moves)} partitions still move`);
        wanted = next;
      }
    }),
    { numRuns: 300 },
  );
});

test('one node holds and leads everything', () => {
  const wanted = assignPartitions({ settings: { ...settings, copies: 1, partitions: 4 }, members: [member('a', 'z')], current: [] });
  assert.deepEqual(wanted, Array(4).fill({ replicas: ['a'], primary: 'a' }));
});
