import type { ClusterSettings, PartitionId } from '@pilvi/cluster-map';
import { DEFAULT_TIMINGS } from '@pilvi/replication';
import type { Rule } from '@pilvi/replication';
import type { SimDisk } from './disk.ts';
import type { ControlRegister, SimGateway } from './gateway.ts';
import type { Operation } from './linearizability.ts';
import { Network } from './network.ts';
import type { SimNode } from './node.ts';
import { Random } from './random.ts';
import { Schedule } from './schedule.ts';

/** Rules that the host and the gateways keep, beside those of the core. */
export type HostRule = 'C6' | 'W3' | 'I4-wait';
export type AnyRule = Rule | HostRule;

export interface WorldOptions {
  readonly seed: number;
  /** Rules left out, to show that the simulation notices. */
  readonly leftOut?: readonly AnyRule[];
  readonly trace?: boolean;
  /** Nodes also stop as they are asked to (L4), and forget partitions that are no longer theirs. Apart, so that the seeds of the other faults stay what they are. */
  readonly departures?: boolean;
  /** Size of the cluster, when it is not left to the seed. With fewer than three, copies and minimum go with it (I3). */
  readonly nodes?: number;
}

export interface Violation {
  readonly kind: 'divergent-commit' | 'two-primaries' | 'not-durable' | 'linearizability' | 'liveness' | 'crash';
  readonly detail: string;
}

/** Everything one run shares. */
export class World {
  readonly options: WorldOptions;
  readonly leftOut: ReadonlySet<AnyRule>;
  readonly random: Random;
  readonly schedule = new Schedule();
  readonly network: Network;
  /** Hand-overs do not wait here: each is one more thing that may meet a fault. */
  readonly timings = { ...DEFAULT_TIMINGS, handOverAfterMs: 0 };
  readonly settings: ClusterSettings;
  readonly violations: Violation[] = [];
  readonly lines: string[] = [];
  readonly history: Operation[] = [];
  readonly nodes: SimNode[] = [];
  readonly gateways: SimGateway[] = [];
  /** Disks that were lost, as they were. */
  readonly lostDisks: { readonly name: string; readonly zone: string; readonly disk: SimDisk }[] = [];
  readonly tcp: boolean;
  /** Faults aimed at leases: one key, isolated primaries, streams closed and redialed. */
  readonly focused: boolean;
  /** After the faults: no more delay or loss. */
  calm = false;
  control!: ControlRegister;
  readonly #committed = new Map<PartitionId, number[]>();
  readonly #leaders = new Map<string, string>();
  commits = 0;

  constructor(options: WorldOptions, partitions: number) {
    this.options = options;
    this.leftOut = new Set(options.leftOut ?? []);
    this.random = new Random(options.seed);
    this.network = new Network(this);
    this.tcp = this.random.chance(0.5);
    this.focused = this.random.chance(0.4);
    const least = Math.min(2, options.nodes ?? 2);
    this.settings = { clusterId: 'sim', copies: Math.min(3, options.nodes ?? 3), minInSync: least, minZones: least, partitions };
  }

  keeps(rule: AnyRule): boolean {
    return !this.leftOut.has(rule);
  }

  trace(line: () => string): void {
    if (this.options.trace === true) this.lines.push(`${this.schedule.nowMs.toFixed(1)} ${line()}`);
  }

  violated(kind: Violation['kind'], detail: string): void {
    this.trace(() => `!!! ${kind} ${detail}`);
    this.violations.push({ kind, detail });
  }

  /** I1: whoever commits a seq commits the same entry. */
  checkCommit(node: string, partition: PartitionId, seq: number, hash: number): void {
    let hashes = this.#committed.get(partition);
    if (hashes === undefined) this.#committed.set(partition, (hashes = []));
    const known = hashes[seq];
    if (known === undefined) {
      hashes[seq] = hash;
      this.commits++;
    } else if (known !== hash) this.violated('divergent-commit', `${node} p${String(partition)} seq ${String(seq)}`);
  }

  /** I2: one process acts as primary per partition and epoch. */
  checkLeader(process: string, partition: PartitionId, epoch: number): void {
    const key = `${String(partition)}:${String(epoch)}`;
    const known = this.#leaders.get(key);
    if (known === undefined) this.#leaders.set(key, process);
    else if (known !== process) this.violated('two-primaries', `p${String(partition)} epoch ${String(epoch)}: ${known} and ${process}`);
  }
}
