import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countedThrough, recoveryQuorum } from './mirror-quorum.ts';
import type { MirrorSet } from './mirror-quorum.ts';

const ids = ['a', 'b', 'c', 'd', 'e'];
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('ack' as const), id: fc.constantFrom(...ids), upTo: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), ids: fc.subarray(ids, { minLength: 1 }) }) },
);

/** What a start without the own copy believes: the newest revision heard of, when it names no more than were heard. */
function recovered(heard: readonly string[], acks: ReadonlyMap<string, number>, sets: readonly MirrorSet[]): number | undefined {
  const newest = Math.max(...heard.map((id) => acks.get(id) ?? 0));
  const named = sets.findLast((set) => set.fromRevision <= newest)!;
  return named.ids.filter((id) => heard.includes(id)).length >= recoveryQuorum(named.ids) ? newest : undefined;
}

test('whoever believes a set of copies knows of every revision that counted, however the sets changed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.subarray(ids, { minLength: 1 }), (steps, heard) => {
      const acks = new Map<string, number>();
      /** All sets there ever were, and the first of those that may still count. */
      const sets: MirrorSet[] = [{ fromRevision: 0, ids: ['a', 'b', 'c'] }];
      let current = 0;
      let latest = 0;
      let counted = 0;
      for (const one of steps) {
        if (one.kind === 'ack') acks.set(one.id, Math.max(acks.get(one.id) ?? 0, Math.min(latest, (acks.get(one.id) ?? 0) + one.upTo)));
        else latest++;
        if (one.kind === 'change') sets.push({ fromRevision: latest, ids: one.ids });
        counted = Math.max(counted, countedThrough(sets.slice(current), acks, latest));
        while ((sets[current + 1]?.fromRevision ?? Infinity) <= counted) current++;
        const believed = recovered(heard, acks, sets);
        if (believed !== undefined) assert.ok(believed >= counted, `${String(counted)} counted, ${String(believed)} is believed`);
      }
    }),
    { numRuns: 5_000 },
  );
});

test('what counts: two of those named, or as many as there are', () => {
  const three = [{ fromRevision: 0, ids: ['a', 'b', 'c'] }];
  assert.equal(
    countedThrough(
      three,
      new Map([
        ['a', 9],
        ['b', 4],
      ]),
      9,
    ),
    4,
  );
  assert.equal(
    countedThrough(
      three,
      new Map([
        ['a', 9],
        ['x', 9],
      ]),
      9,
    ),
    0,
  );
  assert.equal(
    countedThrough(
      three,
      new Map([
        ['a', 9],
        ['b', 9],
      ]),
      3,
    ),
    3,
  );
  assert.equal(countedThrough([{ fromRevision: 0, ids: ['a'] }], new Map([['a', 9]]), 9), 9);
  assert.equal(countedThrough([{ fromRevision: 0, ids: [] }], new Map(), 9), 9);
  const changed = [...three, { fromRevision: 5, ids: ['d'] }];
  assert.equal(
    countedThrough(
      changed,
      new Map([
        ['a', 9],
        ['b', 4],
        ['d', 9],
      ]),
      9,
    ),
    4,
  );
  assert.equal(
    countedThrough(
      changed,
      new Map([
        ['a', 9],
        ['b', 5],
        ['d', 7],
      ]),
      9,
    ),
    7,
  );
});
