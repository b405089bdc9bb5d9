import { partitionId, partitionOf } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import { createMemoryRows, encodeEntry, evaluate, isMutation, listObjects, listUploads, read } from '@pilvi/object-index';
import type { Placement } from '@pilvi/object-index';
import type { IndexCommand, IndexResult } from '@pilvi/contracts/index/v1/command';
import type { Clock, Random } from '@pilvi/runtime';
import type { IndexClient } from './clients.ts';

const REQUEST_ID_BYTES = 16;

/** The index of one process, in memory: the same evaluation as on a storage node, without replication. */
export interface MemoryIndexClient extends IndexClient {
  /** Called before each command; what it throws or waits for happens to the command. */
  interfere: ((command: IndexCommand) => Promise<void> | void) | undefined;
}

export function createMemoryIndexClient(input: {
  readonly clock: Clock;
  readonly random: Random;
  /** As the commit sees it (K1). */
  readonly placement: () => Placement;
  readonly partitions?: number;
}): MemoryIndexClient {
  const { clock, random, placement, partitions: count = 16 } = input;
  const rows = createMemoryRows();
  const partitions: readonly PartitionId[] = Array.from({ length: count }, (_, n) => partitionId(n));

  function run(partition: PartitionId, command: IndexCommand): IndexResult {
    if (!isMutation(command)) return read({ view: rows, partition }, command);
    const nowMs = clock.wallMs();
    const evaluation = evaluate({ view: rows, partition, nowMs, placement: placement() }, command);
    rows.apply(encodeEntry({ partition, requestId: random.bytes(REQUEST_ID_BYTES), nowMs, evaluation }).changes);
    return evaluation.result;
  }

  const client: MemoryIndexClient = {
    interfere: undefined,
    partitions: () => partitions,
    partitionOf: (bucket, key) => partitionOf(bucket, key, count),
    async execute(partition, command, signal) {
      signal?.throwIfAborted();
      await client.interfere?.(command);
      return run(partition, command);
    },
    list({ bucket, ...query }, signal) {
      signal?.throwIfAborted();
      return listObjects(partitions, { ...query, bucketId: bucket }, (range) => rows.cursor(range));
    },
    listUploads({ bucket, ...query }, signal) {
      signal?.throwIfAborted();
      return listUploads(partitions, { ...query, bucketId: bucket }, (range) => rows.cursor(range));
    },
  };
  return client;
}
