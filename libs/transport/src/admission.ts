/** Something that takes room until it leaves. */
interface Weighed {
  readonly sizeBytes: number;
  /** Given up by its owner: let in no more. */
  readonly settled: boolean;
}

/** A bound on count and bytes; who does not fit waits in order. One item larger than all the room still gets in, alone. */
export interface Admission<T extends Weighed> {
  /** Calls `admit` with it, now or later. */
  enter(item: T): void;
  leave(item: T): void;
  /** Forgets everything; answers those that still waited. */
  clear(): T[];
}

export function createAdmission<T extends Weighed>(maxCount: number, maxBytes: number, admit: (item: T) => void): Admission<T> {
  const inside = new Set<T>();
  let waiting: T[] = [];
  let bytes = 0;

  const letIn = (): void => {
    let count = 0;
    for (const item of waiting) {
      if (!item.settled) {
        if (inside.size > 0 && (inside.size >= maxCount || bytes + item.sizeBytes > maxBytes)) break;
        inside.add(item);
        bytes += item.sizeBytes;
        admit(item);
      }
      count++;
    }
    if (count > 0) waiting = count === waiting.length ? [] : waiting.slice(count);
  };

  return {
    enter(item) {
      waiting.push(item);
      if (waiting.length === 1) letIn();
    },
    leave(item) {
      if (!inside.delete(item)) return;
      bytes -= item.sizeBytes;
      if (waiting.length > 0) letIn();
    },
    clear() {
      const left = waiting;
      waiting = [];
      inside.clear();
      bytes = 0;
      return left;
    },
  };
}
