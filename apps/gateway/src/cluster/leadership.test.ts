import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlStoreError, createMemoryControlStore } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import { createManualClock, silentLogger, systemRandom } from '@pilvi/runtime';
import { LEADER_KEY } from './keys.ts';
import { createElection } from './leadership.ts';

const SECONDS = 1_000;

function candidates(...names: string[]) {
  const clock = createManualClock();
  const control = createMemoryControlStore({ clock });
  const stand = (name: string, reached: ControlStore = control) => {
    const stop = new AbortController();
    const election = createElection({ control: reached, clock, random: systemRandom, log: silentLogger, name });
    const ended = election.run(stop.signal).catch(() => undefined);
    const leave = (): Promise<void> => {
      stop.abort();
      return ended.then(() => undefined);
    };
    return { name, election, leave };
  };
  return { clock, control, stand, all: names.map((name) => stand(name)) };
}

test('of several gateways exactly one leads, for as long as it lives', async () => {
  const { clock, all } = candidates('gateway-1', 'gateway-2', 'gateway-3');
  for (let second = 0; second < 60; second++) {
    await clock.advance(SECONDS);
    assert.equal(all.filter(({ election }) => election.term() !== undefined).length, 1);
  }
  for (const { leave } of all) await leave();
});

test('when the leader goes another follows, in a later term', async () => {
  const { clock, all } = candidates('gateway-1', 'gateway-2');
  await clock.advance(SECONDS);
  const first = all.find(({ election }) => election.term() !== undefined)!;
  const term = first.election.term()!;
  await first.leave();
  assert.equal(first.election.term(), undefined);
  await clock.advance(2 * SECONDS);
  const second = all.find(({ election }) => election.term() !== undefined)!;
  assert.notEqual(second, first);
  assert.ok(second.election.term()!.number > term.number);
  await second.leave();
});

test('a leader that no longer reaches the control store stops before another may begin, and its writes fail', async () => {
  const { clock, control, stand, all } = candidates();
  let isCut = false;
  const first = stand(
    'gateway-1',
    cuttable(control, () => isCut),
  );
  await clock.advance(SECONDS);
  const term = first.election.term()!;
  const second = stand('gateway-2');
  isCut = true;
  for (let second_ = 0; second_ < 20; second_++) {
    await clock.advance(SECONDS);
    assert.ok(first.election.term() === undefined || second.election.term() === undefined);
  }
  assert.notEqual(second.election.term(), undefined);
  const late = await control.txn(term.compares, [{ kind: 'put', key: '/x', value: Buffer.from('late') }]);
  assert.equal(late.succeeded, false);
  const current = await control.txn(second.election.term()!.compares, [{ kind: 'put', key: '/x', value: Buffer.from('in time') }]);
  assert.equal(current.succeeded, true);
  assert.match((await control.get(LEADER_KEY))!.value.toString(), /^gateway-2 /);
  assert.deepEqual(all, []);
  await Promise.all([first.leave(), second.leave()]);
});

/** Fails while it is cut, as etcd does for a gateway that reaches no member. */
function cuttable(control: ControlStore, isCut: () => boolean): ControlStore {
  return new Proxy(control, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (isCut()) return Promise.reject(new ControlStoreError('unavailable', 'cut off'));
        return (member as (...a: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
