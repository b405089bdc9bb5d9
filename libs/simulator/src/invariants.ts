import type { PartitionId } from '@pilvi/cluster-map';
import type { LogEntry } from '@pilvi/replication';
import type { SimDisk } from './disk.ts';
import type { SimNode } from './node.ts';

/** I1, I2, I3: who commits as primary is alone in its epoch, and what it commits would survive a power cut on two nodes in two zones. */
export function checkPrimaryCommit(node: SimNode, partition: PartitionId, epoch: number, entry: LogEntry): void {
  const { world } = node;
  world.checkLeader(`${node.name}.${String(node.boot)}`, partition, epoch);
  // A disk lost since it acked counts: it did hold the entry when it said so.
  const disks = [...world.nodes, ...world.lostDisks];
  const holders = disks.filter((n) => holdsDurably(n.disk, partition, entry));
  const zones = new Set(holders.map((n) => n.zone));
  const { minInSync, minZones } = world.settings;
  if (holders.length < minInSync || zones.size < minZones) {
    world.violated(
      'not-durable',
      `${node.name} p${String(partition)} e${String(epoch)} seq ${String(entry.seq)} only on ${holders.map((n) => n.name).join()}`,
    );
  }
}

function holdsDurably(disk: SimDisk, partition: PartitionId, entry: LogEntry): boolean {
  const { records, synced, checkpoints } = disk;
  if ((checkpoints.get(partition)?.base.seq ?? 0) >= entry.seq) return true;
  for (let i = synced - 1; i >= 0; i--) {
    const record = records[i];
    if (record?.partition !== partition) continue;
    if (record.kind === 'truncate' && record.afterSeq < entry.seq) return false;
    if (record.kind === 'base' && record.base.seq < entry.seq) return false;
    if (record.kind === 'base' || (record.kind === 'entry' && record.entry.seq === entry.seq))
      return record.kind === 'base' || record.entry.hash === entry.hash;
  }
  return false;
}
