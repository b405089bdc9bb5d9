import type { ClusterMapSource } from '@pilvi/cluster-map';
import type { MirrorStorage } from '@pilvi/control-store';
import { createRoutedIndexClient } from '@pilvi/object-store';
import type { NodeSessionPool } from '@pilvi/object-store';
import type { Clock, Logger, Random, Supervisor } from '@pilvi/runtime';
import type { Security } from '@pilvi/transport';
import { createChunkJournal } from './chunks/chunk-journal.ts';
import type { ChunkComponents } from './chunks/chunk-service.ts';
import { createPutGate } from './chunks/put-gate.ts';
import type { StorageTimings } from './config.ts';
import { createHousekeeping } from './housekeeping/housekeeping.ts';
import type { Housekeeping } from './housekeeping/housekeeping.ts';
import { createPeerChunks } from './housekeeping/peer-chunks.ts';
import { keepCensus, sweepOrphansOf } from './housekeeping/run-census.ts';
import type { Census } from './housekeeping/run-census.ts';
import type { IndexComponents } from './index/execute.ts';
import { runInternal } from './index/run-internal.ts';
import type { ChoreCounts } from './metrics/node-metrics.ts';
import type { NodeDisk } from './node-disk.ts';
import { createDigestComparison } from './replication/compare-digests.ts';
import type { DigestComparison } from './replication/compare-digests.ts';
import type { ReplicationHost } from './replication/replication-host.ts';
import type { SpaceGuard } from './space-guard.ts';
import { scrubFiles } from './watch-files.ts';

interface Components {
  readonly disk: NodeDisk;
  readonly mirror: MirrorStorage;
  readonly host: ReplicationHost;
  readonly index: IndexComponents;
  readonly sessions: NodeSessionPool;
  readonly maps: ClusterMapSource;
  readonly space: SpaceGuard;
  readonly security: (address: string) => Security;
  readonly onDamage: (detail: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly fail: (error: unknown) => void;
  readonly timings: StorageTimings;
  /** Of the chores: they end before the node hands over. */
  readonly supervisor: Supervisor;
  readonly counts: ChoreCounts;
}

/** The part of the composition that concerns chunks, and the work that nobody asks for: it can be broken off, and goes on elsewhere. */
export function startChores(components: Components): {
  readonly housekeeping: Housekeeping;
  readonly census: Census;
  readonly digests: DigestComparison;
  readonly chunkComponents: ChunkComponents;
} {
  const { disk, mirror, index, sessions, maps, space, onDamage, clock, random, log, fail, timings, supervisor } = components;
  const { chunks, inventory } = disk;
  const journal = createChunkJournal(disk.log);
  const gate = createPutGate();
  const kept = { ...components, rows: disk.rows, chunks, inventory, journal, gate };
  const counted = { ...kept, index: createRoutedIndexClient({ map: maps, sessions: sessions.index, clock, random }) };
  const housekeeping = createHousekeeping({
    ...kept,
    peers: createPeerChunks(maps, sessions, supervisor.signal),
    scrubFiles: () => scrubFiles({ disk, mirror, log, onDamage, fail }),
    dropOrphans: (partition, signal) => sweepOrphansOf(counted, partition, signal),
    runInternal: (partition, command) => runInternal(index, partition, command),
  });
  const census = keepCensus(counted);
  const digests = createDigestComparison({ ...kept, everyMs: timings.compareDigestsEveryMs });
  return {
    housekeeping,
    census,
    digests,
    chunkComponents: {
      ...{ chunks, inventory, journal, gate, space, log },
      onDamage: (id) => {
        housekeeping.heal(id);
      },
    },
  };
}
