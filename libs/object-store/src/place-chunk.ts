import { backoffMs } from '@pilvi/runtime';
import type { BackoffPolicy, Clock, Random } from '@pilvi/runtime';
import type { PartitionId } from '@pilvi/cluster-map';
import type { ChunkIdSource } from './chunk-ids.ts';
import { chunkId } from './chunk-ids.ts';
import type { ChunkClient } from './clients.ts';
import { isObjectStoreError, ObjectStoreError } from './errors.ts';
import type { Holder, HolderSet } from './holder-set.ts';
import type { ObjectStoreSettings } from './settings.ts';

const AGAIN: BackoffPolicy = { firstMs: 20, capMs: 500, factor: 2 };

export interface NewChunk {
  readonly index: number;
  readonly tick: number;
  readonly crc32: number;
  readonly data: Buffer;
  /** Durable on enough holders. */
  enough: boolean;
}

export interface PlaceComponents {
  readonly chunks: ChunkClient;
  readonly ids: ChunkIdSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ObjectStoreSettings;
  readonly holders: HolderSet;
  readonly target: { readonly partition: PartitionId; readonly intentId: Buffer };
  readonly signal: AbortSignal;
}

/**
 * Sends a chunk to all its holders in parallel (K1). `enough` resolves when it is durable on enough of them, and rejects when that
 * cannot be had within the patience. A slower holder goes on in the background until `settled`, which never rejects; one that fails
 * does not count as holding the chunk. While too few have it, failed holders are tried again and every other replica is asked too.
 */
export function placeChunk(components: PlaceComponents, chunk: NewChunk): { enough: Promise<undefined>; settled: Promise<undefined> } {
  const { holders, clock, signal, settings } = components;
  const untilMs = clock.monotonicMs() + settings.placePatienceMs;
  const enough = Promise.withResolvers<undefined>();
  const settled = Promise.withResolvers<undefined>();
  const durable: Holder[] = [];
  const asked = new Set<Holder>();
  let running = 0;
  let lastError: unknown;

  async function offer(holder: Holder): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        await put(components, holder, chunk);
        durable.push(holder);
        if (holders.suffice(durable)) {
          chunk.enough = true;
          enough.resolve(undefined);
        }
        return;
      } catch (error) {
        lastError = error;
        if (!(await mayTryAgain(error, failures))) return;
      }
    }
  }

  /** K1 asks for enough copies, not for this one: another try is made only while they are too few. */
  async function mayTryAgain(error: unknown, failures: number): Promise<boolean> {
    const givenUp = (): boolean => chunk.enough || signal.aborted || clock.monotonicMs() > untilMs;
    if (givenUp()) return false;
    askOthers();
    if (isObjectStoreError(error, 'no-space')) return false;
    await clock.sleep(backoffMs(AGAIN, failures, components.random), signal).catch(() => undefined);
    return !givenUp();
  }

  function ask(holder: Holder): void {
    asked.add(holder);
    running++;
    void offer(holder).then(() => {
      running--;
      if (running === 0 && !chunk.enough && !signal.aborted) askOthers();
      if (running > 0) return;
      if (!chunk.enough) enough.reject(signal.aborted ? signal.reason : tooFew(lastError));
      settled.resolve(undefined);
    });
  }

  function askOthers(): void {
    holders.adopt();
    for (const holder of holders.all) if (!asked.has(holder)) ask(holder);
  }

  const targets = holders.targets();
  for (const holder of targets) ask(holder);
  if (targets.length === 0) {
    enough.reject(tooFew(undefined));
    settled.resolve(undefined);
  }
  return { enough: enough.promise, settled: settled.promise };
}

async function put({ chunks, ids, holders, target }: PlaceComponents, holder: Holder, chunk: NewChunk): Promise<void> {
  const { index, data, crc32 } = chunk;
  holders.asked(holder);
  try {
    await chunks.put(
      holder.incarnation,
      { id: chunkId(chunk.tick, ids.writerId), partition: target.partition, owner: target.intentId, crc32, data },
      holder.abort.signal,
    );
  } catch (error) {
    holders.failed(holder);
    throw error;
  }
  holders.stored(holder, index);
}

function tooFew(cause: unknown): ObjectStoreError {
  if (isObjectStoreError(cause, 'no-space')) return cause;
  return new ObjectStoreError('unavailable', 'a chunk could not be stored on enough nodes', { cause });
}
