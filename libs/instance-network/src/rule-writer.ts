/** Writes the rules as they should be now, one write at a time. Many changes that come while one is written are written together by the next. */
export interface RuleWriter {
  /** Resolves when a write that began after this call is in force; rejects when that one failed. */
  write(): Promise<void>;
}

export function createRuleWriter(writeNow: () => Promise<void>): RuleWriter {
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return {
    write() {
      next ??= current
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          current = writeNow();
          return current;
        });
      return next;
    },
  };
}
