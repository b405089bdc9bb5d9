import type { ClusterMapSource, PartitionId } from '@pilvi/cluster-map';
import type { ChunkStore } from '@pilvi/chunk-store';
import type { IndexCommand } from '@pilvi/contracts/index/v1/command';
import { createSemaphore } from '@pilvi/runtime';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import type { StorageTimings } from '../config.ts';
import type { ChoreCounts } from '../metrics/node-metrics.ts';
import type { ReplicationHost } from '../replication/replication-host.ts';
import type { ChunkInventory } from '@pilvi/row-store';
import type { RowStore } from '@pilvi/row-store';
import { expireIntents } from './expire-intents.ts';
import { healChunk } from './heal-chunk.ts';
import type { PeerChunks } from './peer-chunks.ts';
import { countLacking, lookForRepairs } from './repair-census.ts';
import type { RepairState } from './repair-census.ts';
import { CHUNKS_AT_A_TIME, repairRound } from './repair.ts';
import { createScrub } from './scrub.ts';
import type { Scrub } from './scrub.ts';
import { sweepGarbage } from './sweep-garbage.ts';

/** Answers are kept this long (W3); a minute more than gateways may retry for, ten times over. */
const REQUESTS_KEPT_MS = 10 * 60_000;
const EXPIRE_REQUESTS_EVERY_MS = 60_000;
const REPAIR_EVERY_MS = 500;

export interface HousekeepingComponents {
  readonly host: ReplicationHost;
  readonly rows: RowStore;
  readonly chunks: ChunkStore;
  readonly inventory: ChunkInventory;
  readonly peers: PeerChunks;
  readonly maps: ClusterMapSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly supervisor: Supervisor;
  readonly timings: StorageTimings;
  readonly counts: ChoreCounts;
  /** Stored rows are damaged: this incarnation cannot go on. */
  readonly onDamage: (detail: string) => void;
  /** Verifies the files that only a start reads, and mends those that it can; says how many. What it cannot mend, it tells `onDamage`. */
  readonly scrubFiles: () => Promise<number>;
  /** Deletes the chunks here of a partition that nothing names (K4), and says which they were. Throws ObjectStoreError when its primary cannot be asked. */
  readonly dropOrphans: (partition: PartitionId, signal: AbortSignal) => Promise<readonly Buffer[]>;
  /** Evaluates and replicates a housekeeping command as the partition's primary; does nothing when the term has ended. */
  readonly runInternal: (partition: PartitionId, command: IndexCommand) => Promise<void>;
}

/** What a primary does for its partitions beside answering: repair, garbage, expiry. All of it can be broken off and goes on elsewhere. */
export interface Housekeeping {
  /** Objects and parts of a led partition with fewer copies than wanted; undefined while not counted. */
  underReplicated(partition: PartitionId): number | undefined;
  heal(id: Buffer): void;
  readonly scrub: Scrub;
}

export function createHousekeeping(components: HousekeepingComponents): Housekeeping {
  const { host, clock, log, supervisor, timings } = components;
  const repairs = new Map<PartitionId, RepairState>();
  const places = createSemaphore(CHUNKS_AT_A_TIME);
  const healing = new Set<string>();

  async function forEachLed(name: string, work: (partition: PartitionId) => Promise<void>): Promise<void> {
    for (const partition of host.servedPartitions()) {
      if (supervisor.signal.aborted) return;
      try {
        await work(partition);
      } catch (error) {
        if (supervisor.signal.aborted) return;
        log.warn({ err: error, partition, work: name }, 'housekeeping put off');
      }
    }
  }

  supervisor.run(
    'repair',
    async (signal) => {
      while (!signal.aborted) {
        const led = new Set(host.servedPartitions());
        for (const partition of repairs.keys()) if (!led.has(partition)) repairs.delete(partition);
        await forEachLed('repair', async (partition) => {
          let state = repairs.get(partition);
          if (state === undefined) repairs.set(partition, (state = { takenFor: '', tasks: new Map(), helpless: 0 }));
          await lookForRepairs(components, partition, state);
        });
        const repaired = await repairRound(components, repairs, places, signal);
        components.counts.repairedRows.inc(repaired);
        if (repaired > 0) log.info({ repaired, left: [...repairs.values()].reduce((sum, s) => sum + s.tasks.size, 0) }, 'chunks copied');
        else await clock.sleep(REPAIR_EVERY_MS, signal);
      }
    },
    { onFailure: 'restart' },
  );
  supervisor.run(
    'garbage',
    async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(timings.sweepEveryMs, signal);
        await forEachLed('garbage', (partition) => sweepGarbage(components, partition));
        await forEachLed('intents', (partition) => expireIntents(components, partition));
      }
    },
    { onFailure: 'restart' },
  );
  supervisor.run(
    'expire-requests',
    async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(EXPIRE_REQUESTS_EVERY_MS, signal);
        const beforeMs = BigInt(Math.floor(clock.wallMs() - REQUESTS_KEPT_MS));
        await forEachLed('requests', (partition) =>
          components.runInternal(partition, { op: { $case: 'expireRequests', value: { beforeMs } } }),
        );
      }
    },
    { onFailure: 'restart' },
  );

  const scrub = createScrub(components);

  return {
    underReplicated: (partition) => countLacking(components, partition, repairs.get(partition)),
    scrub,
    heal(id) {
      const name = id.toString('latin1');
      if (healing.has(name)) return;
      healing.add(name);
      supervisor.run('heal-chunk', async () => {
        try {
          if (!(await healChunk(components, id))) log.error({ chunk: id.toString('hex') }, 'no sound copy of a chunk was found');
        } finally {
          healing.delete(name);
        }
      });
    },
  };
}
