import type { Clock } from '@pilvi/runtime';

/**
 * Writes the rules as they should be now, one write at a time. Changes that come within a moment, or while one is written, are written together by the next: a launch
 * changes its groups and then its own link.
 */
export interface RuleWriter {
  /** Resolves when a write that began after this call is in force; rejects when that one failed. */
  write(): Promise<void>;
}

/** Less than anything else of a launch takes. */
const GATHER_MS = 5;

export function createRuleWriter(clock: Pick<Clock, 'sleep'>, writeNow: () => Promise<void>): RuleWriter {
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return {
    write() {
      next ??= current
        .catch(() => undefined)
        .then(() => clock.sleep(GATHER_MS))
        .then(() => {
          next = undefined;
          current = writeNow();
          return current;
        });
      return next;
    },
  };
}
