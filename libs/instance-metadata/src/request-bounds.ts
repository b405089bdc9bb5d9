/** Per instance: so many requests at once, and so many a second for long. Metadata is asked seldom; a loop must not cost the node its processor. */
const BURST = 200;
const REQUESTS_PER_SECOND = 100;
/** Instances that asked lately; the oldest is forgotten, which is to start with a full bucket. */
const REMEMBERED = 4096;

export interface RequestBounds {
  /** False: the instance asks too often. */
  take(instanceId: string): boolean;
}

export function createRequestBounds(nowMs: () => number): RequestBounds {
  const buckets = new Map<string, { left: number; atMs: number }>();
  return {
    take(instanceId) {
      const now = nowMs();
      const { left, atMs } = buckets.get(instanceId) ?? { left: BURST, atMs: now };
      const filled = Math.min(BURST, left + ((now - atMs) / 1000) * REQUESTS_PER_SECOND);
      buckets.delete(instanceId);
      buckets.set(instanceId, { left: Math.max(0, filled - 1), atMs: now });
      if (buckets.size > REMEMBERED) buckets.delete(buckets.keys().next().value!);
      return filled >= 1;
    },
  };
}
