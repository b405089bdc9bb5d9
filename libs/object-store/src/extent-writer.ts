import { crc32 } from 'node:zlib';
import type { Extent } from '@pilvi/contracts/index/v1/record';
import type { PartitionId } from '@pilvi/cluster-map';
import type { Clock, Random, Semaphore, Supervisor } from '@pilvi/runtime';
import type { ChunkIdSource } from './chunk-ids.ts';
import type { ChunkClient } from './clients.ts';
import { tickDeltas } from './extent-pieces.ts';
import type { HolderHealth } from './holder-health.ts';
import { createHolderSet } from './holder-set.ts';
import { ObjectStoreError } from './errors.ts';
import { placeChunk } from './place-chunk.ts';
import type { NewChunk } from './place-chunk.ts';
import { fillHolders } from './fill-holders.ts';
import type { ObjectStoreSettings } from './settings.ts';

export interface ExtentWriterComponents {
  readonly chunks: ChunkClient;
  readonly ids: ChunkIdSource;
  readonly clock: Clock;
  readonly random: Random;
  /** Chunk bytes under way, over all uploads of the process. */
  readonly writeBudget: Semaphore;
  readonly health: HolderHealth;
  readonly background: Pick<Supervisor, 'run'>;
  readonly settings: ObjectStoreSettings;
}

/** Lagging holders are waited for at most this share of the time that an upload has taken. */
const LATE_SHARE = 0.5;

/** Stores one body as chunks on all holders of a partition, bounded in memory. */
export interface ExtentWriter {
  /** Takes the next chunk; resolves when there is room for another, so that the client's socket feels it. */
  write(data: Buffer): Promise<void>;
  /** Resolves when every chunk is durable on enough holders (K1), with the extent that names those that hold all of them. */
  finish(): Promise<Extent>;
  /** The extent named anew after HOLDERS_STALE: what the partition's present replicas lack is copied to them first. */
  rename(): Promise<Extent>;
  /** Ends every request under way. Nothing is sent after it resolves, so that the intent may be fenced. */
  abandon(): Promise<void>;
}

export function createExtentWriter(
  components: ExtentWriterComponents,
  target: { readonly partition: PartitionId; readonly intentId: Buffer; readonly signal: AbortSignal },
): ExtentWriter {
  const { chunks, ids, clock, health, settings, writeBudget, background } = components;
  const abort = new AbortController();
  const signal = AbortSignal.any([target.signal, abort.signal]);
  const holders = createHolderSet({ chunks, clock, partition: target.partition, stallMs: settings.stallMs, health, signal });
  const written: WrittenChunk[] = [];
  const underWay = new Set<Promise<void>>();
  /** How often a holder that gives no sign is looked at. */
  const lookMs = settings.stallMs / 4;
  const startedMs = clock.monotonicMs();
  let waitingForEnough = 0;
  let sizeBytes = 0;
  let failure: Error | undefined;

  async function write(data: Buffer): Promise<void> {
    const release = await writeBudget.acquire(data.length, signal);
    const tick = ids.nextTick();
    const chunk: NewChunk = { index: written.length, tick, crc32: crc32(data), data, enough: false };
    written.push({ tick, crc32: chunk.crc32, sizeBytes: data.length });
    sizeBytes += data.length;
    waitingForEnough++;
    const { enough, settled } = placeChunk({ ...components, holders, target, signal }, chunk);
    void enough
      .then(
        () => void waitingForEnough--,
        (error: unknown) => void (failure ??= error as Error),
      )
      .then(holders.wake);
    const done = settled.finally(() => {
      release();
      underWay.delete(done);
    });
    underWay.add(done);
    await room(() => waitingForEnough < settings.windowChunks && !holders.someLag(settings.lagChunks));
  }

  /** Waits until `hasRoom`; meanwhile a holder that stands still is left behind. */
  async function room(hasRoom: () => boolean): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (failure !== undefined) throw failure;
      if (hasRoom()) return;
      await holders.progress(lookMs);
      holders.leaveStalled(settings.lagChunks);
    }
  }

  async function finish(): Promise<Extent> {
    await room(() => waitingForEnough === 0);
    const enoughMs = clock.monotonicMs();
    const lateMs = Math.max(settings.lateMs, Math.min(LATE_SHARE * (enoughMs - startedMs), settings.lateMs * holders.lag()));
    while (holders.someLag(1)) {
      const waitedMs = clock.monotonicMs() - enoughMs;
      const isEnough = holders.suffice(holders.complete(written.length));
      if (waitedMs >= (isEnough ? lateMs : settings.finishMaxMs)) break;
      signal.throwIfAborted();
      await holders.progress(isEnough ? Math.min(lookMs, lateMs - waitedMs) : lookMs);
      holders.leaveStalled(1);
    }
    if (holders.someLag(1)) background.run('late-copies', (stopping) => attendLate(enoughMs + settings.finishMaxMs, stopping));
    return rename();
  }

  /** K1: enough copies are named. One that comes later is found by repair; a holder that stands still is left behind. */
  async function attendLate(untilMs: number, stopping: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted || stopping.aborted;
    while (holders.someLag(1) && clock.monotonicMs() < untilMs && !isOver()) {
      await holders.progress(lookMs);
      holders.leaveStalled(1);
    }
    if (!isOver()) holders.leaveAll();
  }

  async function rename(): Promise<Extent> {
    holders.adopt();
    if (!holders.suffice(holders.complete(written.length))) await fillHolders({ ...components, holders, target, signal }, written);
    const complete = holders.complete(written.length);
    if (!holders.suffice(complete)) throw new ObjectStoreError('unavailable', 'too few holders have every chunk');
    return {
      intentId: target.intentId,
      writerId: ids.writerId,
      tickDeltas: tickDeltas(written.map((chunk) => chunk.tick)),
      chunkSizeBytes: settings.chunkSizeBytes,
      sizeBytes: BigInt(sizeBytes),
      holders: complete.map((holder) => holder.incarnation),
    };
  }

  return {
    write,
    finish,
    rename,
    async abandon() {
      abort.abort(new ObjectStoreError('unavailable', 'the upload was given up'));
      await Promise.all(underWay);
    },
  };
}

/** What is remembered of a chunk after its bytes are gone. */
export interface WrittenChunk {
  readonly tick: number;
  readonly crc32: number;
  readonly sizeBytes: number;
}
