import type { Incarnation, PartitionId } from '@pilvi/cluster-map';
import type { Clock } from '@pilvi/runtime';
import type { ChunkClient } from './clients.ts';
import type { HolderHealth } from './holder-health.ts';
import { ObjectStoreError } from './errors.ts';

/** A node as one upload sees it. */
export interface Holder {
  readonly incarnation: Incarnation;
  readonly zone: string;
  /** Is sent every chunk; one that lags is asked only when the others are too few. */
  active: boolean;
  /** Indexes of the chunks it has said are durable there. */
  readonly durable: Set<number>;
  /** Chunks sent to it and not answered. */
  pending: number;
  /** Last answer, or the moment before which nothing was asked. */
  progressMs: number;
  /** Ends the requests under way to it. */
  abort: AbortController;
}

/** Who is to hold the chunks of one extent, and who does. */
export interface HolderSet {
  readonly all: readonly Holder[];
  /** Learns who the replicas are now; new ones are asked only when the others are too few. */
  adopt(): void;
  /** The active ones, or everybody when those are not enough. */
  targets(): readonly Holder[];
  /** Enough copies in enough zones (K1), counting only present replicas. */
  suffice(holders: readonly Holder[]): boolean;
  /** Those that are replicas now and hold all of `chunks` chunks. */
  complete(chunks: number): readonly Holder[];
  /** Those that are replicas now and do not, the fullest first. */
  incomplete(chunks: number): readonly Holder[];
  /** How many chunks the slowest of the active ones has not answered. */
  lag(): number;
  someLag(chunks: number): boolean;
  /** Leaves behind those with `chunks` or more pending and no progress for the stall time. */
  leaveStalled(chunks: number): void;
  leaveAll(): void;
  asked(holder: Holder): void;
  stored(holder: Holder, index: number): void;
  failed(holder: Holder): void;
  /** Resolves at the next progress, or after `maxMs`. */
  progress(maxMs: number): Promise<void>;
  wake(): void;
}

export function createHolderSet(input: {
  readonly chunks: ChunkClient;
  readonly clock: Clock;
  readonly partition: PartitionId;
  readonly stallMs: number;
  readonly health: HolderHealth;
  readonly signal: AbortSignal;
}): HolderSet {
  const { chunks, clock, partition, stallMs, health, signal } = input;
  const all: Holder[] = [];
  let present = new Set<Incarnation>();
  let waiters: (() => void)[] = [];
  signal.addEventListener('abort', () => {
    for (const holder of all) holder.abort.abort(signal.reason);
    wake();
  });

  function adopt(): void {
    const isFirst = all.length === 0;
    const replicas = chunks.holdersFor(partition);
    present = new Set(replicas.map((replica) => replica.incarnation));
    for (const { incarnation, zone } of replicas) {
      if (all.some((holder) => holder.incarnation === incarnation)) continue;
      const active = isFirst && !health.suspect(incarnation);
      all.push({ incarnation, zone, active, durable: new Set(), pending: 0, progressMs: 0, abort: new AbortController() });
    }
  }

  function suffice(holders: readonly Holder[]): boolean {
    const { copies, zones } = chunks.minimum();
    const counted = holders.filter((holder) => present.has(holder.incarnation));
    return counted.length >= copies && new Set(counted.map((holder) => holder.zone)).size >= zones;
  }

  /** What it has not answered by now counts as not there. */
  function leave(holder: Holder): void {
    holder.active = false;
    health.failed(holder.incarnation);
    holder.abort.abort(new ObjectStoreError('unavailable', 'the holder lags behind'));
    holder.abort = new AbortController();
  }

  function wake(): void {
    const woken = waiters;
    waiters = [];
    for (const waiter of woken) waiter();
  }

  function answered(holder: Holder): void {
    holder.pending--;
    holder.progressMs = clock.monotonicMs();
    wake();
  }

  adopt();
  return {
    all,
    adopt,
    suffice,
    wake,
    targets() {
      const active = all.filter((holder) => holder.active);
      return suffice(active) ? active : all;
    },
    complete: (count) => all.filter((holder) => holder.durable.size === count && present.has(holder.incarnation)),
    incomplete: (count) =>
      all
        .filter((holder) => holder.durable.size < count && present.has(holder.incarnation))
        .sort((a, b) => b.durable.size - a.durable.size),
    lag: () => Math.max(0, ...all.filter((holder) => holder.active).map((holder) => holder.pending)),
    someLag: (count) => all.some((holder) => holder.active && holder.pending >= count),
    leaveStalled(count) {
      const beforeMs = clock.monotonicMs() - stallMs;
      for (const holder of all) if (holder.active && holder.pending >= count && holder.progressMs <= beforeMs) leave(holder);
    },
    leaveAll() {
      for (const holder of all) if (holder.pending > 0) leave(holder);
    },
    asked(holder) {
      if (holder.pending === 0) holder.progressMs = clock.monotonicMs();
      holder.pending++;
    },
    stored(holder, index) {
      holder.durable.add(index);
      answered(holder);
    },
    failed(holder) {
      holder.active = false;
      if (!signal.aborted) health.failed(holder.incarnation);
      answered(holder);
    },
    progress: (maxMs) =>
      new Promise((resolve) => {
        const timer = clock.after(maxMs, resolve);
        waiters.push(() => {
          timer.cancel();
          resolve();
        });
      }),
  };
}
