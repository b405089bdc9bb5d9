import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionsInSync, replicaStatus } from '@pilvi/replication';
import { buildWorld } from './simulate.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

const KILL_AT_MS = 6_000;

function serves(node: SimNode, partition: number): boolean {
  return (
    node.up && node.partitions().some((p) => p === partition && node.core !== undefined && replicaStatus(node.core, p)?.serving === true)
  );
}

/** Milliseconds without a serving primary after one of them is killed and stays down. */
function stallMs(world: World): number {
  let backMs = Infinity;
  const { schedule } = world;
  const victims = world.nodes.filter((n) => world.control.configs.some((c) => serves(n, c.partition)));
  const watch = (): void => {
    if (world.control.configs.every((c) => world.nodes.some((n) => serves(n, c.partition)))) backMs = schedule.nowMs - KILL_AT_MS;
    else schedule.after(1, watch);
  };
  victims[0]?.crash(false);
  schedule.after(1, watch);
  schedule.run(KILL_AT_MS + 5_000, () => backMs < Infinity);
  return backMs;
}

test('L3: on Unix sockets the stream that ends makes a failover at once; over TCP the grace is waited for', () => {
  const stalls = { unix: [] as number[], tcp: [] as number[] };
  for (let seed = 1; seed <= 40; seed++) {
    const world = buildWorld({ seed, nodes: 3 });
    world.calm = true;
    world.schedule.run(KILL_AT_MS, () => false);
    stalls[world.tcp ? 'tcp' : 'unix'].push(stallMs(world));
  }
  assert.ok(stalls.unix.length > 5 && stalls.tcp.length > 5);
  assert.ok(Math.max(...stalls.unix) < 300, `Unix: ${stalls.unix.map(Math.round).join()}`);
  assert.ok(Math.max(...stalls.tcp) < 1_700, `TCP: ${stalls.tcp.map(Math.round).join()}`);
  assert.ok(Math.min(...stalls.tcp) > 500, 'TCP without a grace would be unsafe');
});

test('L4: a node that stops hands over and leaves every in-sync set, and nothing waits for a grace', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = buildWorld({ seed, nodes: 3 });
    world.calm = true;
    world.schedule.run(KILL_AT_MS, () => false);
    const stopping = world.nodes.find((n) => world.control.configs.some((c) => serves(n, c.partition)));
    assert.ok(stopping?.core);
    const { core } = stopping;
    stopping.step({ kind: 'stop' });
    world.schedule.run(KILL_AT_MS + 1_500, () => false);
    assert.deepEqual(partitionsInSync(core), [], `seed ${String(seed)}`);
    for (const config of world.control.configs) {
      assert.equal(config.inSync.length, 2);
      assert.ok(
        world.nodes.some((n) => n !== stopping && serves(n, config.partition)),
        `seed ${String(seed)} p${String(config.partition)}`,
      );
    }
  }
});
