import type { Heartbeat, PartitionReport } from '@pilvi/contracts/cluster/v1/service';
import type { ChunkStore } from '@pilvi/chunk-store';
import type { PartitionId } from '@pilvi/cluster-map';
import type { Housekeeping } from './housekeeping/housekeeping.ts';
import type { ReplicationHost } from './replication/replication-host.ts';
import type { RowStore } from '@pilvi/row-store';
import type { SpaceGuard } from './space-guard.ts';

/** What the gateways are told every second: what this node really holds and does. */
export function makeHeartbeat(components: {
  host: ReplicationHost;
  rows: RowStore;
  chunks: ChunkStore;
  space: SpaceGuard;
  indexBytes: number;
  housekeeping: Housekeeping;
  digestDiffers: (partition: PartitionId) => boolean;
  stopping: boolean;
  asideDirectory: string;
  unsettled: number;
}): Heartbeat {
  const { host, rows, chunks, space } = components;
  const scrub = components.housekeeping.scrub.status;
  const partitions: PartitionReport[] = [];
  for (const partition of host.partitions()) {
    const status = host.status(partition);
    if (status === undefined || status.role === 'none') continue;
    const applied = rows.applied(partition);
    partitions.push({
      partition,
      epoch: BigInt(status.epoch),
      role: status.role,
      serving: status.serving,
      committed: BigInt(applied.seq),
      underReplicated: BigInt(components.housekeeping.underReplicated(partition) ?? -1),
      objects: BigInt(Math.max(0, applied.objects)),
      digestDiffers: components.digestDiffers(partition),
    });
  }
  return {
    freeBytes: BigInt(space.freeBytes),
    totalBytes: BigInt(space.totalBytes),
    chunkBytes: BigInt(chunks.liveBytes),
    indexBytes: BigInt(components.indexBytes),
    partitions,
    stopping: components.stopping,
    setAside: components.asideDirectory,
    scrubbing: scrub.running,
    scrubbedMs: BigInt(scrub.finishedMs),
    scrubHealed: BigInt(scrub.healed),
    doubtful: scrub.doubtful,
    unsettled: components.unsettled,
  };
}
