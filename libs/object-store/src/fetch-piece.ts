import { backoffMs } from '@pilvi/runtime';
import type { BackoffPolicy, Cancellable, Clock, Random } from '@pilvi/runtime';
import { incarnation } from '@pilvi/cluster-map';
import type { Incarnation, PartitionId } from '@pilvi/cluster-map';
import type { ChunkClient } from './clients.ts';
import { isObjectStoreError, ObjectStoreError } from './errors.ts';
import type { Piece } from './extent-pieces.ts';
import type { HolderHealth } from './holder-health.ts';
import type { ObjectStoreSettings } from './settings.ts';

const AGAIN: BackoffPolicy = { firstMs: 20, capMs: 500, factor: 2 };

export interface FetchComponents {
  readonly chunks: ChunkClient;
  readonly health: HolderHealth;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ObjectStoreSettings;
}

/**
 * The verified bytes of a piece, from whichever holder answers first; the partition's present replicas are asked after the holders
 * recorded, since repair may have moved the chunk. While none can be reached it is tried again. Throws ObjectStoreError `unavailable`,
 * or `damaged` when every copy is gone or damaged.
 */
export async function fetchPiece(components: FetchComponents, partition: PartitionId, piece: Piece, signal: AbortSignal): Promise<Buffer> {
  const { clock, random, settings } = components;
  const untilMs = clock.monotonicMs() + settings.readPatienceMs;
  for (let failures = 1; ; failures++) {
    const errors: unknown[] = [];
    const data = await askHolders(components, candidates(components, partition, piece), piece, signal, errors);
    if (data !== undefined) return data;
    const unreachable = errors.find((error) => !isObjectStoreError(error, 'damaged'));
    if (unreachable === undefined)
      throw new ObjectStoreError('damaged', `no holder has chunk ${piece.id.toString('hex')} whole`, { cause: errors.at(-1) });
    if (clock.monotonicMs() > untilMs)
      throw new ObjectStoreError('unavailable', `no holder of chunk ${piece.id.toString('hex')} answers`, { cause: unreachable });
    await clock.sleep(backoffMs(AGAIN, failures, random), signal);
  }
}

function candidates({ chunks, health }: FetchComponents, partition: PartitionId, piece: Piece): Incarnation[] {
  const recorded = piece.holders.map(incarnation);
  const others = chunks.holdersFor(partition).flatMap((replica) => (recorded.includes(replica.incarnation) ? [] : [replica.incarnation]));
  return [...health.order(recorded), ...health.order(others)];
}

/** Asks one holder, the next at once when it fails, and one beside it when it is slow. Undefined when all failed. */
function askHolders(
  components: FetchComponents,
  holders: readonly Incarnation[],
  piece: Piece,
  signal: AbortSignal,
  errors: unknown[],
): Promise<Buffer | undefined> {
  const { chunks, health, clock, settings } = components;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = new AbortController();
    let next = 0;
    let running = 0;
    let isOver = false;
    let hedge: Cancellable | undefined;

    const end = (): boolean => {
      if (isOver) return false;
      isOver = true;
      hedge?.cancel();
      signal.removeEventListener('abort', cancel);
      abort.abort();
      return true;
    };
    const cancel = (): void => {
      if (end()) reject(signal.reason as Error);
    };

    const askNext = (): void => {
      const holder = holders[next++];
      if (holder === undefined) {
        if (running === 0 && end()) resolve(undefined);
        return;
      }
      running++;
      hedge?.cancel();
      if (next < holders.length) hedge = clock.after(settings.hedgeMs, () => askBeside(holder));
      chunks.get(holder, piece.id, { offset: piece.offset, length: piece.length }, abort.signal).then(
        (data) => {
          if (!end()) return;
          resolve(data);
        },
        (error: unknown) => {
          if (isOver) return;
          running--;
          errors.push(error);
          if (!isObjectStoreError(error, 'damaged')) health.failed(holder);
          askNext();
        },
      );
    };
    const askBeside = (slow: Incarnation): void => {
      health.slow(slow);
      if (health.mayHedge(slow)) askNext();
      else hedge = clock.after(settings.hedgeMs, () => askBeside(slow));
    };

    signal.addEventListener('abort', cancel, { once: true });
    askNext();
  });
}
