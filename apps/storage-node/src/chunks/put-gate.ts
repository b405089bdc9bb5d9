/** Keeps chunks of a partition out while it is being removed from this node (K4): what was put meanwhile would be taken for what was looked at before. */
export interface PutGate {
  /** A put begins; what is returned ends it. Undefined while the partition is shut. */
  enter(partition: number): (() => void) | undefined;
  /** Shuts a partition; resolves when no put of it is under way, with what opens it again. */
  shut(partition: number): Promise<() => void>;
}

export function createPutGate(): PutGate {
  const shut = new Set<number>();
  const underWay = new Map<number, number>();
  const waiting = new Map<number, () => void>();
  return {
    enter(partition) {
      if (shut.has(partition)) return undefined;
      underWay.set(partition, (underWay.get(partition) ?? 0) + 1);
      return () => {
        const left = (underWay.get(partition) ?? 1) - 1;
        if (left > 0) {
          underWay.set(partition, left);
          return;
        }
        underWay.delete(partition);
        waiting.get(partition)?.();
      };
    },
    async shut(partition) {
      shut.add(partition);
      if (underWay.has(partition)) await new Promise<void>((resolve) => waiting.set(partition, resolve));
      waiting.delete(partition);
      return () => {
        shut.delete(partition);
      };
    },
  };
}
