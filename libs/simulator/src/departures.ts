import type { PartitionId } from '@pilvi/cluster-map';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** As in a storage node: a stop takes no longer than this (L4). */
const STOP_BOUND_MS = 3_000;
const LOOK_EVERY_MS = 20;

/** Nodes stop as they are asked to, and forget what is no longer theirs, every now and then until `endMs`. */
export function startDepartures(world: World, endMs: number): void {
  const { random, schedule } = world;
  const depart = (): void => {
    if (schedule.nowMs >= endMs) return;
    const node = random.pick(world.nodes);
    if (node?.up === true && !node.paused) {
      if (random.chance(0.4)) stop(world, node);
      else for (const partition of node.partitions()) forget(node, partition);
    }
    schedule.after(random.between(200, 1_500), depart);
  };
  schedule.after(500, depart);
}

/** SIGTERM: hands over and leaves in-sync sets first (L4), as far as the time allows; then the process ends, and is started again. */
function stop(world: World, node: SimNode): void {
  const { boot } = node;
  const untilMs = world.schedule.nowMs + STOP_BOUND_MS;
  world.trace(() => `${node.name} STOP`);
  node.step({ kind: 'stop' });
  const look = (): void => {
    if (node.boot !== boot || !node.up) return;
    if (node.canStillLeave && world.schedule.nowMs < untilMs) {
      node.later(LOOK_EVERY_MS, look);
      return;
    }
    node.crash(false);
    world.schedule.after(world.random.between(20, 2_000), () => {
      node.start();
    });
  };
  look();
}

/** The rows may go when the promise is on disk; only then may the replica be filled again. */
function forget(node: SimNode, partition: PartitionId): void {
  const { accepted, token } = node.forget(partition);
  if (!accepted) return;
  node.world.trace(() => `${node.name} FORGETS p${String(partition)}`);
  const rowsGone = (): void => {
    if (node.durableToken < token) {
      node.later(5, rowsGone);
      return;
    }
    node.disk.checkpoints.delete(partition);
    node.step({ kind: 'snapshot-aborted', partition });
  };
  node.later(node.world.random.between(1, 200), rowsGone);
}
