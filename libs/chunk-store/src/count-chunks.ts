import { setTimeout } from 'node:timers/promises';
import { SHARD_COUNT } from './chunk-files.ts';
import type { ChunkFiles } from './chunk-files.ts';

/**
 * A node that comes back has more urgent things to do than to look at each of its files: it rests between two directories, and when it has seen so many files it
 * takes the other directories to hold as much.
 */
const COUNTING = { restMs: 40, filesCounted: 1_000 };

/** What a store holds, as far as it is known. */
export interface ChunkCount {
  bytes(): number;
  add(bytes: number): void;
  stop(): Promise<void>;
}

/** Counts what is stored, in the background but for the first directory that holds something: an empty store is known for one at once. */
export async function startCounting(files: Pick<ChunkFiles, 'count'>, { restMs, filesCounted } = COUNTING): Promise<ChunkCount> {
  const shards = files.count();
  const seen = { shards: 0, files: 0, bytes: 0 };
  let changed = 0;
  let stopped = false;
  const isSample = (): boolean => seen.files >= filesCounted;
  const countNext = async (): Promise<boolean> => {
    const next = await shards.next();
    if (next.done === true) return false;
    seen.shards++;
    seen.files += next.value.files;
    seen.bytes += next.value.bytes;
    return !isSample() && !stopped;
  };
  while (seen.bytes === 0 && (await countNext()));
  // What cannot be counted is not known; who reads or writes it will find out.
  const counting = (async () => {
    while (!isSample() && (await countNext())) await setTimeout(restMs);
  })().catch(() => undefined);
  return {
    bytes: () => Math.max(0, changed + (isSample() ? Math.round((seen.bytes * SHARD_COUNT) / seen.shards) : seen.bytes)),
    add: (more) => void (changed += more),
    async stop() {
      stopped = true;
      await counting;
    },
  };
}
