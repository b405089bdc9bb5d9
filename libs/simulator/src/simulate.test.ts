import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './simulate.ts';
import type { AnyRule } from './world.ts';

const SEEDS = 150;
/** How far from its known seed the absence of a rule must be noticed. */
const WITHIN = 60;

function replay(seed: number, without = ''): string {
  return `replay: node libs/simulator/src/main.ts --from ${String(seed)} --seeds 1 --trace${without}`;
}

test(`no violation in ${String(SEEDS)} seeds`, () => {
  let commits = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = simulate({ seed });
    assert.deepEqual(result.violations, [], replay(seed));
    commits += result.commits;
  }
  assert.ok(commits > SEEDS * 20, `only ${String(commits)} commits: the simulation does not do much`);
});

for (const nodes of [1, 2]) {
  test(`a cluster of ${String(nodes)} serves with the minimum that goes with it`, () => {
    for (let seed = 1; seed <= 40; seed++) {
      const result = simulate({ seed, nodes });
      assert.deepEqual(result.violations, [], `seed ${String(seed)} with ${String(nodes)} nodes`);
      assert.ok(result.operations > 0);
    }
  });
}

test('no violation while nodes also stop as they are asked to, and forget what is no longer theirs', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const result = simulate({ seed, departures: true });
    assert.deepEqual(result.violations, [], `${replay(seed)} --departures`);
  }
});

test('without M1-forget: a node forgets a partition that it is still counted for, and it is noticed', () => {
  const isNoticed = Array.from({ length: WITHIN }, (_, i) => i + 1).some(
    (seed) => simulate({ seed, departures: true, leftOut: ['M1-forget'] }).violations.length > 0,
  );
  assert.ok(isNoticed);
});

test('a seed is one run', () => {
  assert.deepEqual(simulate({ seed: 40, trace: true }).lines, simulate({ seed: 40, trace: true }).lines);
});

/** Each rule, a seed near which its absence shows, and what then happens. */
const SCENARIOS: readonly { rule: AnyRule; from: number; name: string }[] = [
  { rule: 'I2', from: 1, name: 'a restarted primary goes on in its old epoch' },
  { rule: 'C3', from: 5045, name: 'an unknown CAS is taken for one that failed' },
  { rule: 'I4', from: 267, name: 'a lease that outlives its epoch is not asked for' },
  { rule: 'M2', from: 513, name: 'a promotion race: a learner counts before it has prepared everything' },
  { rule: 'I3', from: 9, name: 'two survivors: the last one commits alone' },
  { rule: 'L2-adopt', from: 29, name: 'a new primary does not collect the tails' },
  { rule: 'L1-start', from: 510, name: 'a restarted replica forgets the leases it gave' },
  { rule: 'L3-tcp', from: 2300, name: 'a middlebox is taken for a dead peer' },
  { rule: 'W1-acks', from: 1, name: 'a write is acknowledged before the second copy' },
  { rule: 'W1-epoch', from: 1, name: 'a lower epoch is obeyed' },
  { rule: 'D2', from: 4300, name: 'a torn log leads' },
  { rule: 'C6', from: 3514, name: 'a wiped disk keeps its identity' },
  { rule: 'W3', from: 3, name: 'a repeated request is executed again' },
  { rule: 'I4-wait', from: 8, name: 'a negative answer does not wait for what it depends on' },
];

for (const { rule, from, name } of SCENARIOS) {
  test(`without ${rule}: ${name}, and it is noticed`, () => {
    for (let seed = from; seed < from + WITHIN; seed++) {
      if (simulate({ seed, leftOut: [rule] }).violations.length === 0) continue;
      // The same seed holds with the rule, so it is the rule that matters.
      assert.deepEqual(simulate({ seed }).violations, [], replay(seed));
      return;
    }
    assert.fail(`not noticed; look for a seed: node libs/simulator/src/main.ts --seeds 5000 --stop 1 --without ${rule}`);
  });
}
