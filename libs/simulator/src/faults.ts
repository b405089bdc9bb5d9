import { partitionId } from '@pilvi/cluster-map';
import { replicaStatus } from '@pilvi/replication';
import { checkpoint } from './host.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

type Fault = (world: World, node: SimNode, other: SimNode) => void;

/** Breaks something every now and then, until `endMs`. Each seed uses a random half of the faults (swarm testing). */
export function startFaults(world: World, endMs: number): void {
  const { random, schedule } = world;
  const names = Object.keys(FAULTS).filter((name) =>
    world.focused ? name === 'isolate' || (LEASE_FAULTS.has(name) && random.chance(0.4)) : random.chance(0.5),
  );
  const once = new Set<string>();
  // One disk is lost per run at most: more than that, no protocol survives.
  if (names.includes('tear') && names.includes('wipe')) names.splice(names.indexOf(random.chance(0.5) ? 'tear' : 'wipe'), 1);
  // The only copy is not to be lost.
  const deadly = world.settings.copies === 1 ? ['tear', 'wipe'] : [];
  for (const name of deadly) if (names.includes(name)) names.splice(names.indexOf(name), 1);
  names.push('checkpoint');
  world.trace(() => `faults ${names.join()} ${world.tcp ? 'tcp' : 'unix'} ${world.focused ? 'focused' : ''}`);
  const strike = (): void => {
    if (schedule.nowMs >= endMs) return;
    const name = random.pick(names);
    const node = random.pick(world.nodes);
    const other = random.pick(world.nodes);
    if (name !== undefined && node !== undefined && other !== undefined && !once.has(name)) {
      if (name === 'wipe' || name === 'tear') once.add(name);
      FAULTS[name]?.(world, node, other);
    }
    schedule.after(random.between(100, 1100), strike);
  };
  schedule.after(200, strike);
}

const LEASE_FAULTS = new Set(['late', 'hand-over', 'cut-gateway', 'kill']);

const FAULTS: Record<string, Fault> = {
  kill(world, node) {
    if (!node.up) return;
    node.crash(false);
    restart(world, node, world.random.chance(0.6) ? world.random.between(1, 60) : world.random.between(60, 3000));
  },
  power(world, node) {
    if (!node.up) return;
    node.crash(true);
    restart(world, node, world.random.chance(0.5) ? world.random.between(10, 200) : world.random.between(200, 4000));
  },
  pause(world, node) {
    if (!node.up || node.paused) return;
    node.pause();
    const { boot } = node;
    world.schedule.after(world.random.chance(0.4) ? world.random.between(50, 900) : world.random.between(900, 4000), () => {
      if (node.boot === boot) node.resume();
    });
  },
  cut(world, node, other) {
    if (!world.tcp || node === other) return;
    cut(world, world.random.chance(0.5) ? both(node.name, other.name) : [`${node.name}>${other.name}`], world.random.between(100, 4000));
  },
  'cut-gateway'(world, node) {
    const gateway = world.random.pick(world.gateways);
    if (gateway === undefined) return;
    const all = both(gateway.name, node.name);
    const one = world.random.pick(all) ?? '';
    cut(world, world.random.chance(0.4) ? all : [one], world.random.between(200, 6000));
  },
  middlebox(world, node, other) {
    if (!world.tcp) return;
    for (const stream of node.streamsWith(other)) world.network.cutOff(stream, world.random.chance(0.5));
  },
  close(world, node, other) {
    if (!node.up || node.paused) return;
    const stream = world.random.pick(node.streamsWith(other));
    if (stream !== undefined) node.closeStream(stream);
  },
  all(world) {
    if (world.random.chance(0.7)) return;
    const power = world.random.chance(0.5);
    for (const node of world.nodes) {
      if (!node.up) continue;
      node.crash(power);
      restart(world, node, world.random.between(5, 1200));
    }
  },
  wipe(world, node) {
    node.wipe();
    restart(world, node, world.random.chance(0.4) ? world.random.between(10, 300) : world.random.between(300, 6000));
  },
  tear(world, node) {
    node.crash(true);
    world.lostDisks.push({ name: node.self, zone: node.zone, disk: node.disk.copy() });
    if (node.disk.tear(world.random)) world.trace(() => `${node.name} TORN`);
    restart(world, node, world.random.between(10, 1500));
  },
  isolate,
  store(world) {
    world.control.downUntilMs = world.schedule.nowMs + world.random.between(100, 3000);
  },
  late(world) {
    for (const gateway of world.gateways) gateway.lateUntilMs = world.schedule.nowMs + world.random.between(500, 4000);
  },
  'hand-over'(world) {
    for (const node of world.nodes) handOver(world, node);
  },
  remove(world) {
    for (const node of world.nodes) {
      for (const partition of node.partitions()) {
        const status = node.core === undefined ? undefined : replicaStatus(node.core, partition);
        if (status?.serving !== true || status.config === undefined || status.config.inSync.length < 3) continue;
        const leaving = world.random.pick(status.config.inSync.filter((n) => n !== node.self));
        node.advised(
          partition,
          status.config.inSync.filter((n) => n !== leaving),
          undefined,
        );
      }
    }
  },
  checkpoint(_world, node) {
    checkpoint(node);
  },
};

/** Aimed at leases: a primary is cut off with one gateway whose map is frozen, so that clients still ask it while others may lead. */
function isolate(world: World): void {
  const { random, schedule } = world;
  const target = world.nodes.find(
    (n) => n.up && n.partitions().some((p) => n.core !== undefined && replicaStatus(n.core, p)?.serving === true),
  );
  const frozen = random.pick(world.gateways);
  if (target === undefined || frozen === undefined) return;
  const forMs = random.between(1500, 4500);
  frozen.frozenUntilMs = schedule.nowMs + forMs;
  world.trace(() => `isolate ${target.name}, ${frozen.name} frozen`);
  const cuts = world.gateways.filter((g) => g !== frozen).map((g) => `${g.name}>${target.name}`);
  const spared = random.chance(0.3) ? random.pick(world.nodes) : undefined;
  if (world.tcp && random.chance(0.7)) {
    for (const node of world.nodes) {
      if (node === target || node === spared) continue;
      cuts.push(`${node.name}>${target.name}`);
      if (random.chance(0.7)) cuts.push(`${target.name}>${node.name}`);
    }
  }
  cut(world, cuts, forMs);
  if (random.chance(0.6)) world.network.slowUntilMs.set(target.name, schedule.nowMs + 1200);
  const other = random.pick(world.nodes.filter((n) => n !== target));
  if (other === undefined) return;
  schedule.after(random.between(0, 300), () => {
    aggravate(world, target, other);
  });
}

function aggravate(world: World, target: SimNode, other: SimNode): void {
  if (!other.up) return;
  const x = world.random.next();
  const stream = world.random.pick(target.streamsWith(other));
  if (x < 0.25) {
    other.crash(false);
    restart(world, other, world.random.between(1, 40));
  } else if (x < 0.45) {
    if (stream !== undefined && target.up && !target.paused) target.closeStream(stream);
  } else if (x < 0.6) {
    if (stream !== undefined && !other.paused) other.closeStream(stream);
  } else if (x < 0.75) handOver(world, target);
  else if (stream !== undefined && world.tcp) world.network.cutOff(stream, true);
}

function handOver(world: World, node: SimNode): void {
  for (const partition of node.partitions()) {
    const status = node.core === undefined ? undefined : replicaStatus(node.core, partition);
    if (status?.serving !== true || status.config === undefined || !node.up || node.paused) continue;
    node.advised(partitionId(partition), status.config.replicas, world.random.pick(status.config.inSync.filter((n) => n !== node.self)));
  }
}

function cut(world: World, ways: readonly string[], forMs: number): void {
  world.trace(() => `cut ${ways.join()} for ${forMs.toFixed(0)}`);
  for (const way of ways) world.network.cuts.add(way);
  world.schedule.after(forMs, () => {
    for (const way of ways) world.network.cuts.delete(way);
  });
}

function both(a: string, b: string): string[] {
  return [`${a}>${b}`, `${b}>${a}`];
}

function restart(world: World, node: SimNode, delayMs: number): void {
  world.schedule.after(delayMs, () => {
    node.start();
  });
}
