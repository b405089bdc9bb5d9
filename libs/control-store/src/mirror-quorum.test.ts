import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countedThrough, isSafeToServe, recoveryQuorum } from './mirror-quorum.ts';
import type { Acks, MirrorSet } from './mirror-quorum.ts';

/** Nodes; the copy on each has an id of its own, until it is lost and another is made in its place. */
const nodes = ['a', 'b', 'c', 'd', 'e'];
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('ack' as const), node: fc.constantFrom(...nodes), upTo: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('ack-all' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), nodes: fc.subarray(nodes, { minLength: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), node: fc.constantFrom(...nodes) }) },
);

/** What a start without the own copy believes: the newest revision heard of, when it names no more than were heard. */
function recovered(heard: readonly string[], copies: ReadonlyMap<string, number>, sets: readonly MirrorSet[]): number | undefined {
  const newest = Math.max(...heard.map((id) => copies.get(id) ?? 0));
  const named = sets.findLast((set) => set.fromRevision <= newest)!;
  return named.ids.filter((id) => heard.includes(id)).length >= recoveryQuorum(named.ids) ? newest : undefined;
}

test('whoever believes a set of copies knows of every revision that counted, however the sets changed and copies were lost', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.subarray(nodes, { minLength: 1 }), (steps, heard) => {
      const lost = new Map(nodes.map((node) => [node, 0]));
      const copyOn = (node: string): string => node + String(lost.get(node));
      const copies = new Map(nodes.map((node) => [copyOn(node), 0]));
      /** All sets there ever were, and the first of those that may still count. */
      const sets: MirrorSet[] = [{ fromRevision: 0, ids: ['a0', 'b0', 'c0'] }];
      let current = 0;
      let latest = 0;
      let counted = 0;
      const ack = (node: string, upTo: number): void => {
        const held = copies.get(copyOn(node))!;
        copies.set(copyOn(node), Math.min(latest, held + upTo));
      };
      for (const one of steps) {
        switch (one.kind) {
          case 'ack':
            ack(one.node, one.upTo);
            break;
          case 'ack-all':
            for (const node of nodes) ack(node, Infinity);
            break;
          case 'lose':
            copies.delete(copyOn(one.node));
            lost.set(one.node, lost.get(one.node)! + 1);
            copies.set(copyOn(one.node), 0);
            break;
          case 'change':
            latest++;
            sets.push({ fromRevision: latest, ids: one.nodes.map(copyOn) });
            break;
          case 'commit':
            latest++;
        }
        counted = Math.max(counted, countedThrough(sets.slice(current), { copies, everywhere: Math.min(...copies.values()) }, latest));
        while ((sets[current + 1]?.fromRevision ?? Infinity) <= counted) current++;
        const believed = recovered(heard.map(copyOn), copies, sets);
        if (believed !== undefined) assert.ok(believed >= counted, `${String(counted)} counted, ${String(believed)} is believed`);
      }
    }),
    { numRuns: 5_000 },
  );
});

function held(copies: Record<string, number>, everywhere = -1): Acks {
  return { copies: new Map(Object.entries(copies)), everywhere };
}

test('what counts: two of those named, or as many as there are', () => {
  const three = [{ fromRevision: 0, ids: ['a', 'b', 'c'] }];
  assert.equal(countedThrough(three, held({ a: 9, b: 4 }), 9), 4);
  assert.equal(countedThrough(three, held({ a: 9, x: 9 }), 9), 0);
  assert.equal(countedThrough(three, held({ a: 9, b: 9 }), 3), 3);
  assert.equal(countedThrough([{ fromRevision: 0, ids: ['a'] }], held({ a: 9 }), 9), 9);
  assert.equal(countedThrough([{ fromRevision: 0, ids: [] }], held({}), 9), 9);
  const changed = [...three, { fromRevision: 5, ids: ['d'] }];
  assert.equal(countedThrough(changed, held({ a: 9, b: 4, d: 9 }), 9), 4);
  assert.equal(countedThrough(changed, held({ a: 9, b: 5, d: 7 }), 9), 7);
});

test('two of three copies are gone for good: others count once every copy that there is holds the change', () => {
  const changed = [
    { fromRevision: 0, ids: ['a', 'b', 'c'] },
    { fromRevision: 5, ids: ['c', 'd', 'e'] },
  ];
  assert.equal(countedThrough(changed, held({ c: 9, d: 9, e: 4 }, 4), 9), 0);
  assert.equal(countedThrough(changed, held({ c: 9, d: 9, e: 5 }, 5), 9), 9);
  assert.equal(countedThrough(changed, held({ c: 9, d: 9 }, 9), 9), 0, 'a node with a copy was not heard');
  const found = { required: ['a', 'b', 'c'], before: [] };
  assert.equal(isSafeToServe(found, held({ c: 7, d: 7, e: 6 }, 6), 7), false);
  assert.equal(isSafeToServe(found, held({ c: 7, d: 7, e: 7 }, 7), 7), true);
});
