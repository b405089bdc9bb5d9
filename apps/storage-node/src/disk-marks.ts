import type { ClusterMapSource, PartitionId } from '@pilvi/cluster-map';
import type { Clock, Supervisor } from '@pilvi/runtime';
import type { NodeDisk } from './node-disk.ts';
import type { ReplicationHost } from './replication/replication-host.ts';

const LOOK_EVERY_MS = 1_000;

/** Keeps what the disk remembers of its own state up to date: that a torn tail no longer matters (D2), and that it was filled. */
export function keepDiskMarks(components: {
  disk: NodeDisk;
  host: ReplicationHost;
  maps: ClusterMapSource;
  clock: Clock;
  supervisor: Supervisor;
}): void {
  const { disk, host, maps, clock, supervisor } = components;
  const takesPart = (partition: PartitionId): boolean => {
    const status = host.status(partition);
    return status?.serving === true || status?.role === 'secondary';
  };

  supervisor.run(
    'torn-mark',
    async (signal) => {
      // D2: the mark stays until every partition here has heard another member.
      while (disk.restored.some((r) => r.torn)) {
        await clock.sleep(LOOK_EVERY_MS, signal);
        if (!host.partitions().every(takesPart)) continue;
        await disk.forgetTorn();
        return;
      }
    },
    { onFailure: 'restart' },
  );
  supervisor.run(
    'filled-mark',
    async (signal) => {
      while (!disk.identity.wasWhole) {
        await clock.sleep(LOOK_EVERY_MS, signal);
        const held = maps.current()?.partitions.filter((p) => p?.replicas.includes(disk.identity.incarnation) === true) ?? [];
        if (held.length > 0 && held.every((p) => p !== undefined && takesPart(p.partition))) await disk.wasFilled();
      }
    },
    { onFailure: 'restart' },
  );
}
