import type { InstanceType } from './instance-types.ts';

/** A node that takes instances, and what of it is taken. */
export interface NodeRoom {
  readonly nodeId: string;
  readonly zoneName: string;
  readonly architecture: string;
  readonly free: Room;
}

export interface Room {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

export interface Placement {
  readonly nodeId: string;
  readonly zoneName: string;
}

export interface PlacementWish {
  readonly need: Room;
  readonly architecture: string;
  /** Undefined: any. */
  readonly zoneName: string | undefined;
  readonly count: number;
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** What an instance of a type takes of its node. A stopped one keeps its disk alone. */
export function roomOf(type: InstanceType, diskGib: number, isStopped = false): Room {
  const diskBytes = diskGib * GIB;
  return isStopped
    ? { cpuMillis: 0, memoryBytes: 0, diskBytes }
    : { cpuMillis: type.reservedCpuMillis, memoryBytes: type.memoryMib * MIB, diskBytes };
}

/**
 * Where to run as many instances as fit, up to `count`: each goes to the node that has most memory left after it, so that they spread. Deterministic:
 * of equal nodes the first by id.
 */
export function place(nodes: readonly NodeRoom[], { need, architecture, zoneName, count }: PlacementWish): Placement[] {
  const candidates = nodes
    .filter((node) => node.architecture === architecture && (zoneName === undefined || node.zoneName === zoneName))
    .sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
    .map((node) => ({ node, free: node.free }));
  const placements: Placement[] = [];
  while (placements.length < count) {
    const fitting = candidates.filter(({ free }) => fits(need, free));
    if (fitting.length === 0) break;
    const best = fitting.reduce((a, b) => (b.free.memoryBytes > a.free.memoryBytes ? b : a));
    best.free = minus(best.free, need);
    placements.push({ nodeId: best.node.nodeId, zoneName: best.node.zoneName });
  }
  return placements;
}

export function minus(room: Room, taken: Room): Room {
  return {
    cpuMillis: room.cpuMillis - taken.cpuMillis,
    memoryBytes: room.memoryBytes - taken.memoryBytes,
    diskBytes: room.diskBytes - taken.diskBytes,
  };
}

export function fits(need: Room, free: Room): boolean {
  return need.cpuMillis <= free.cpuMillis && need.memoryBytes <= free.memoryBytes && need.diskBytes <= free.diskBytes;
}
