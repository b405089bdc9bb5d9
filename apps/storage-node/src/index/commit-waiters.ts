import type { PartitionId } from '@pilvi/cluster-map';
import { TermEnded } from './partition-host.ts';

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Who waits for which entry of one partition to commit, in order. */
export interface CommitWaiters {
  /** Resolves when the commit point reaches `seq`; at once when it has. */
  wait(seq: number): Promise<void>;
  /** The commit point moved; those who waited for it go on. */
  moved(): void;
  /** The term ended: those still waiting do not know their outcome. */
  fail(): void;
  /** As `fail`, and for all who come later: this process commits nothing more. */
  end(): void;
}

/** Those of all partitions of a process. */
export interface PartitionWaiters {
  of(partition: PartitionId): CommitWaiters;
  /** This process commits nothing more: nobody waits any longer, now or later. */
  end(): void;
}

export function createPartitionWaiters(commitPoint: (partition: PartitionId) => number): PartitionWaiters {
  const waiters = new Map<PartitionId, CommitWaiters>();
  let ended = false;
  return {
    of(partition) {
      let found = waiters.get(partition);
      if (found === undefined) {
        found = createCommitWaiters(() => commitPoint(partition));
        waiters.set(partition, found);
        if (ended) found.end();
      }
      return found;
    },
    end() {
      ended = true;
      for (const each of waiters.values()) each.end();
    },
  };
}

/** `commitPoint` is asked each time, and no copy of it kept: a snapshot moves it without a commit. */
function createCommitWaiters(commitPoint: () => number): CommitWaiters {
  let queue: Waiter[] = [];
  let ended = false;
  const fail = (): void => {
    const failed = queue;
    queue = [];
    for (const waiter of failed) waiter.reject(new TermEnded());
  };
  return {
    wait(seq) {
      if (seq <= commitPoint()) return Promise.resolve();
      if (ended) return Promise.reject(new TermEnded());
      return new Promise((resolve, reject) => queue.push({ seq, resolve, reject }));
    },
    moved() {
      const commit = commitPoint();
      // Sequence numbers are proposed in order, so the queue is sorted but for repeats of the last.
      let done = 0;
      while (done < queue.length && queue[done]!.seq <= commit) done++;
      if (done === 0) return;
      const ready = queue.slice(0, done);
      queue = queue.slice(done);
      for (const waiter of ready) waiter.resolve();
    },
    fail,
    end() {
      ended = true;
      fail();
    },
  };
}
