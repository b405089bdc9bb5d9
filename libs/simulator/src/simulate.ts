import { startClient, operate } from './client.ts';
import { startDepartures } from './departures.ts';
import { startFaults } from './faults.ts';
import { ControlRegister, firstConfig, SimGateway } from './gateway.ts';
import { isLinearizable } from './linearizability.ts';
import { SimNode } from './node.ts';
import { World } from './world.ts';
import type { Violation, WorldOptions } from './world.ts';

const HEAL_MS = 15_000;
const SETTLE_MS = 9_000;
const END_MS = HEAL_MS + SETTLE_MS + 4_500;

export interface RunResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly operations: number;
  readonly unknown: number;
  readonly commits: number;
  readonly failovers: number;
  readonly lines: readonly string[];
}

/** Runs a whole cluster from one seed: faults for 15 s of simulated time, then healing, then everything must work again. */
export function simulate(options: WorldOptions): RunResult {
  const world = buildWorld(options);
  const keys = ['a', 'b', 'c', 'd'].slice(0, world.focused ? 1 : 1 + world.random.below(4));
  const clients = 2 + world.random.below(3);
  for (let i = 0; i < clients; i++) startClient(world, keys, HEAL_MS + 1_500);
  startFaults(world, HEAL_MS);
  if (options.departures === true) startDepartures(world, HEAL_MS);
  world.schedule.at(HEAL_MS, () => {
    heal(world);
  });
  world.schedule.at(HEAL_MS + SETTLE_MS, () => {
    checkLiveness(world, keys);
  });
  try {
    world.schedule.run(END_MS, () => world.violations.length > 0);
  } catch (error) {
    world.violated('crash', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  if (world.violations.length === 0) {
    for (const key of keys) {
      if (isLinearizable(world.history.filter((o) => o.key === key)) === false) world.violated('linearizability', `key ${key}`);
    }
  }
  return {
    seed: options.seed,
    violations: world.violations,
    operations: world.history.length,
    unknown: world.history.filter((o) => o.answer === undefined).length,
    commits: world.commits,
    failovers: world.control.failovers,
    lines: world.lines,
  };
}

/** Three or four nodes in three zones, one or two gateways, all about to start. */
export function buildWorld(options: WorldOptions): World {
  const partitions = 2;
  const world = new World(options, partitions);
  const { random, schedule } = world;
  world.control = new ControlRegister();
  const count = options.nodes ?? (random.chance(0.5) ? 3 : 4);
  for (let i = 0; i < count; i++) {
    const node = new SimNode(world, i, `z${String(i === 3 ? random.below(4) : i)}`);
    world.nodes.push(node);
    node.join();
  }
  const first = world.nodes.slice(0, 3).map((n) => n.self);
  for (let p = 0; p < partitions; p++) world.control.configs.push(firstConfig(p, first));
  const gateways = random.chance(0.4) ? 1 : 2;
  for (let i = 0; i < gateways; i++) world.gateways.push(new SimGateway(world, `g${String(i)}`));
  for (const node of world.nodes)
    schedule.after(random.between(0, 20), () => {
      node.start();
    });
  for (const gateway of world.gateways) gateway.start();
  return world;
}

/** The faults are over; what is cut, frozen or dead comes back. */
function heal(world: World): void {
  world.trace(() => 'HEAL');
  world.calm = true;
  world.network.cuts.clear();
  world.control.downUntilMs = 0;
  for (const gateway of world.gateways) gateway.frozenUntilMs = 0;
  for (const node of world.nodes) {
    node.resume();
    world.schedule.after(300, () => {
      node.start();
    });
  }
}

/** Liveness: every key can be read through every gateway, and every partition has all its copies again. */
function checkLiveness(world: World, keys: readonly string[]): void {
  for (const key of keys) {
    for (const gateway of world.gateways) {
      operate(world, gateway, 'get', key, 4_000, (op) => {
        if (op.answer === undefined) world.violated('liveness', `final get of ${key} through ${gateway.name}`);
      });
    }
  }
  for (const config of world.control.configs) {
    if (config.inSync.length < world.settings.copies)
      world.violated('liveness', `p${String(config.partition)} has only ${config.inSync.join()} in sync`);
  }
}
