import type { Clock } from './clock.ts';

/** Says when something that happens often is worth a line in the log: at most once in an interval, each kind of it by itself. */
export interface Seldom {
  /** How often it was passed over since it was last told; undefined: it is to be passed over now, too. */
  tell(kind: string): number | undefined;
}

export function createSeldom(clock: Clock, intervalMs: number): Seldom {
  const kinds = new Map<string, { toldMs: number; passedOver: number }>();
  return {
    tell(kind) {
      const nowMs = clock.monotonicMs();
      const known = kinds.get(kind);
      if (known !== undefined && nowMs - known.toldMs < intervalMs) {
        known.passedOver++;
        return undefined;
      }
      kinds.set(kind, { toldMs: nowMs, passedOver: 0 });
      return known?.passedOver ?? 0;
    },
  };
}
