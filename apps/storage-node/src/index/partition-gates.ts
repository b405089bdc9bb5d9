import type { PartitionId } from '@pilvi/cluster-map';

/** Commands that scan rows are decided alone: while their ranges are read ahead, no other mutation of the partition begins. */
export interface PartitionGates {
  /** The gate that is shut now, to be awaited, or undefined. */
  shut(partition: PartitionId): Promise<void> | undefined;
  /** Runs `decide` with the partition to itself. */
  alone<T>(partition: PartitionId, decide: () => Promise<T>): Promise<T>;
}

export function createPartitionGates(): PartitionGates {
  const gates = new Map<PartitionId, Promise<void>>();
  return {
    shut: (partition) => gates.get(partition),
    async alone(partition, decide) {
      for (let gate = gates.get(partition); gate !== undefined; gate = gates.get(partition)) await gate;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      gates.set(partition, promise);
      try {
        return await decide();
      } finally {
        gates.delete(partition);
        resolve(undefined);
      }
    },
  };
}
