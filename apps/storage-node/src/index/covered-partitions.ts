import { partitionId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import type { PartitionEpoch } from '@pilvi/contracts/index/v1/service';
import { TERM_PATIENCE_MS } from './partition-host.ts';
import type { PartitionHost } from './partition-host.ts';

/** X1: which of the (partition, epoch) pairs asked can be answered here, before the read; waits for terms that are about to serve. */
export async function split(
  host: PartitionHost,
  asked: readonly PartitionEpoch[],
): Promise<{ covered: PartitionId[]; refused: PartitionEpoch[] }> {
  const starting = asked.map((pair) => partitionId(pair.partition)).filter((partition) => host.serving(partition) === undefined);
  await Promise.all(starting.map((partition) => host.servingSoon(partition, TERM_PATIENCE_MS)));
  const covered: PartitionId[] = [];
  const refused: PartitionEpoch[] = [];
  for (const pair of asked) {
    const partition = partitionId(pair.partition);
    if (host.serving(partition) === Number(pair.epoch)) covered.push(partition);
    else refused.push({ partition, epoch: BigInt(host.knownEpoch(partition)) });
  }
  return { covered, refused };
}

/** I4, after the read over iterators: pairs whose lease did not hold make the whole page unusable; empty when it may be sent. */
export function withoutLease(host: PartitionHost, asked: readonly PartitionEpoch[], covered: readonly PartitionId[]): PartitionEpoch[] {
  const epochs = new Map(asked.map((pair) => [pair.partition, Number(pair.epoch)]));
  return covered
    .filter((p) => host.serving(p) !== epochs.get(p) || !host.leaseValid(p))
    .map((p) => ({ partition: p, epoch: BigInt(host.knownEpoch(p)) }));
}
