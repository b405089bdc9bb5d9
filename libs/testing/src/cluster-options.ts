import { PilviTestingError } from './testing-error.ts';

/** The images of a cluster. */
export interface ClusterImages {
  /** The whole store; it makes the secrets of a cluster, too. */
  readonly pilvi: string;
  readonly gateway: string;
  readonly storageNode: string;
  readonly etcd: string;
  readonly loadBalancer: string;
  /** nft, tc and the tools of disks: faults are made with it, from outside. */
  readonly faultTools: string;
}

/** A cluster of containers. */
export interface ClusterOptions {
  /** 3 by default. */
  readonly storageNodes?: number;
  /** Over which the nodes are spread; as many as nodes, at most 3, by default. */
  readonly zones?: number;
  /** 1 by default. More than one needs etcd. */
  readonly gateways?: number;
  /** 0 by default with one gateway (it keeps the control store itself), 3 with more. */
  readonly etcdMembers?: number;
  /** Copies of every piece: 3, or as many as there are nodes. */
  readonly copies?: number;
  /** 128 by default; fewer start faster on a small machine. */
  readonly partitions?: number;
  /** One endpoint before all gateways (haproxy); none by default. */
  readonly loadBalancer?: boolean;
  /** Gives every process with data a disk of its own, an ext4 of this size on a loop device: `fillDisk` and `powerCut` need it, and the engine's kernel must have loop devices. */
  readonly disks?: { readonly sizeBytes: number };
  /** For all gateways and storage nodes: settings that tests shorten (PILVI_DEAD_AFTER_MS, ...). */
  readonly environment?: Readonly<Record<string, string>>;
  readonly images?: Partial<ClusterImages>;
  /** How long the start may take, 180 s by default. */
  readonly startTimeoutMs?: number;
}

/** The same, all of it told, and such that it makes a cluster. */
export interface ClusterShape {
  readonly storageNodes: number;
  readonly zones: number;
  readonly gateways: number;
  readonly etcdMembers: number;
  readonly copies: number;
  readonly partitions: number | undefined;
  readonly loadBalancer: boolean;
  readonly disks: { readonly sizeBytes: number } | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly startTimeoutMs: number;
}

const DEFAULT_NODES = 3;
const MOST_COPIES = 3;
const MOST_MEMBERS = 50;
const SMALLEST_DISK_BYTES = 128 * 1024 * 1024;
const START_TIMEOUT_MS = 180_000;

/** Throws `bad-option`. Pure. */
export function readShape(options: ClusterOptions): ClusterShape {
  const storageNodes = count('storageNodes', options.storageNodes ?? DEFAULT_NODES, 1);
  const gateways = count('gateways', options.gateways ?? 1, 1);
  const shape: ClusterShape = {
    storageNodes,
    gateways,
    zones: count('zones', options.zones ?? Math.min(storageNodes, MOST_COPIES), 1),
    etcdMembers: count('etcdMembers', options.etcdMembers ?? (gateways > 1 ? 3 : 0), 0),
    copies: count('copies', options.copies ?? Math.min(storageNodes, MOST_COPIES), 1),
    partitions: options.partitions === undefined ? undefined : count('partitions', options.partitions, 1, 65_536),
    loadBalancer: options.loadBalancer ?? false,
    disks: options.disks,
    environment: options.environment ?? {},
    startTimeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
  };
  if (shape.zones > storageNodes) throw bad(`zones: ${shape.zones} zones need as many storage nodes, not ${storageNodes}`);
  if (shape.copies > storageNodes) throw bad(`copies: ${shape.copies} copies need as many storage nodes, not ${storageNodes}`);
  if (gateways > 1 && shape.etcdMembers === 0) throw bad('etcdMembers: more than one gateway needs etcd');
  if (shape.disks !== undefined && !(shape.disks.sizeBytes >= SMALLEST_DISK_BYTES)) {
    throw bad(`disks.sizeBytes: at least ${SMALLEST_DISK_BYTES}`);
  }
  return shape;
}

function count(name: string, value: number, least: number, most = MOST_MEMBERS): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw bad(`${name}: a whole number from ${least} to ${most}, not ${value}`);
  }
  return value;
}

function bad(message: string): PilviTestingError {
  return new PilviTestingError('bad-option', message);
}
