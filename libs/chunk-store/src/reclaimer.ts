import type { Clock, Logger } from '@pilvi/runtime';
import type { Database } from './open-database.ts';
import type { ReclaimJournal } from './reclaim-journal.ts';

/** A range is compacted when at least one byte in so many of it is deleted: rewriting costs what stays. */
const MAX_BYTES_PER_DELETED_BYTE = 4;
/** One compaction covers at most so much, so that the pause after it comes often. */
const MAX_RANGE_BYTES = 512 * 1024 * 1024;
/** Beyond so many deleted chunks that wait between live ones, they are reclaimed at any price. */
const MAX_WAITING = 200_000;
const LOOK_EVERY_MS = 2_000;
/** Compaction gets at most this share of the time. */
const DUTY = 0.5;

interface Range {
  readonly ids: Buffer[];
  deletedBytes: number;
  totalBytes: number;
}

/**
 * Gives the space of deleted chunks back. LevelDB drops deleted bytes only when it compacts their range, and the keys of chunks arrive in order, so that it
 * would never come to the old ones by itself.
 */
export interface Reclaimer extends AsyncDisposable {
  deleted(ids: readonly Buffer[]): void;
  /** One pass now; resolves when what is worth it is reclaimed. */
  pass(): Promise<void>;
}

export function createReclaimer(components: {
  db: Database;
  journal: ReclaimJournal;
  waiting: readonly Buffer[];
  clock: Clock;
  log: Logger;
  /** After some space came back. */
  onReclaimed: () => Promise<void>;
}): Reclaimer {
  const { db, journal, clock, log, onReclaimed } = components;
  const waiting = new Map(components.waiting.map((id) => [id.toString('latin1'), id]));
  const stop = new AbortController();
  let news = waiting.size > 0;
  let passing: Promise<void> = Promise.resolve();

  async function reclaim(): Promise<void> {
    news = false;
    const atAnyPrice = waiting.size > MAX_WAITING;
    for (const range of await rangesOf(db, [...waiting.values()])) {
      if (stop.signal.aborted) return;
      const worthIt = range.totalBytes <= range.deletedBytes * MAX_BYTES_PER_DELETED_BYTE;
      if (!worthIt && !atAnyPrice) continue;
      const startedMs = clock.monotonicMs();
      await db.compactRange(range.ids[0]!, after(range.ids.at(-1)!));
      for (const id of range.ids) waiting.delete(id.toString('latin1'));
      journal.rewrite([...waiting.values()]);
      await onReclaimed();
      const tookMs = clock.monotonicMs() - startedMs;
      log.debug({ chunks: range.ids.length, bytes: range.deletedBytes, tookMs: Math.round(tookMs) }, 'space of deleted chunks reclaimed');
      await clock.sleep((tookMs * (1 - DUTY)) / DUTY, stop.signal).catch(ignoreStop);
    }
  }

  function pass(): Promise<void> {
    passing = passing.then(reclaim);
    return passing;
  }

  function ignoreStop(error: unknown): void {
    if (!stop.signal.aborted) throw error;
  }

  async function watch(): Promise<void> {
    while (!stop.signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, stop.signal).catch(ignoreStop);
      if (news && !stop.signal.aborted) await pass();
    }
  }

  const watching = watch().catch((error: unknown) => {
    log.error({ err: error }, 'reclaiming space ended');
  });
  return {
    deleted(ids) {
      for (const id of ids) waiting.set(id.toString('latin1'), id);
      journal.add(ids);
      news = true;
    },
    pass,
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('the chunk store is closed'));
      await watching;
      await passing.catch(() => undefined);
    },
  };
}

/** Deleted chunks, gathered into ranges in which enough is deleted; a chunk far from the others is a range of its own. */
async function rangesOf(db: Database, ids: Buffer[]): Promise<Range[]> {
  ids.sort((a, b) => Buffer.compare(a, b));
  const ranges: Range[] = [];
  let range: Range | undefined;
  for (const id of ids) {
    const bytes = await db.approximateSize(id, after(id));
    if (range !== undefined) {
      const totalBytes = await db.approximateSize(range.ids[0]!, after(id));
      const deletedBytes = range.deletedBytes + bytes;
      if (totalBytes <= deletedBytes * MAX_BYTES_PER_DELETED_BYTE && totalBytes <= MAX_RANGE_BYTES) {
        range.ids.push(id);
        Object.assign(range, { deletedBytes, totalBytes });
        continue;
      }
    }
    // Alone, a chunk is not worth it: its table, of which it is a small part, would be rewritten.
    range = { ids: [id], deletedBytes: bytes, totalBytes: bytes };
    ranges.push(range);
  }
  return ranges;
}

/** The smallest key above. */
function after(id: Buffer): Buffer {
  return Buffer.concat([id, Buffer.of(0)]);
}
