import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChunkStore, ChunkStoreOptions } from './chunk-store.ts';
import { ChunkStoreError } from './errors.ts';
import { isCorruption, markForRepair, openDatabase } from './open-database.ts';
import { openReclaimJournal } from './reclaim-journal.ts';
import { createReclaimer } from './reclaimer.ts';
import { decodeChunk, encodeChunk } from './stored-chunk.ts';
import { createWriteQueue } from './write-queue.ts';

const EVERYTHING = { from: Buffer.alloc(0), to: Buffer.alloc(17, 0xff) };

/** Opens the chunks of one node in a LevelDB, keyed by their ids alone, so that keys arrive in order; it is never scanned. */
export async function openLevelDbChunkStore({
  directory,
  clock,
  log,
  onFatal,
}: ChunkStoreOptions): Promise<ChunkStore & { reclaimNow(): Promise<void> }> {
  const { db, condition } = await openDatabase(directory, log);
  const queue = createWriteQueue(db, (cause) => {
    // LevelDB refuses every write after damage met in a compaction: only a repair, at the next start, ends that.
    if (isCorruption(cause)) markForRepair(directory);
    const error = new ChunkStoreError('write-failed', 'the chunk database cannot be written', cause);
    onFatal(error);
    return error;
  });
  let liveBytes = 0;
  const measure = async (): Promise<void> => {
    liveBytes = await db.approximateSize(EVERYTHING.from, EVERYTHING.to);
  };
  await measure();
  const { journal, waiting } = openReclaimJournal(join(directory, 'DELETED'));
  const reclaimer = createReclaimer({ db, journal, waiting, clock, log, onReclaimed: measure });

  return {
    condition,
    get liveBytes() {
      return liveBytes;
    },
    async put(info, data) {
      const value = encodeChunk(info, data);
      await queue.write([{ type: 'put', key: info.id, value }], value.length);
      liveBytes += value.length;
    },
    async get(id) {
      const value = await db.get(id, { fillCache: false }).catch((error: unknown) => {
        throw new ChunkStoreError('damaged', `chunk ${id.toString('hex')} cannot be read`, error);
      });
      if (value === undefined) throw new ChunkStoreError('not-found', `chunk ${id.toString('hex')} is not here`);
      return decodeChunk(id, value);
    },
    async delete(ids) {
      if (ids.length === 0) return;
      await queue.write(
        ids.map((key) => ({ type: 'del', key })),
        0,
      );
      reclaimer.deleted(ids);
    },
    isThere: () =>
      access(join(directory, 'CURRENT')).then(
        () => true,
        () => false,
      ),
    reclaimNow: () => reclaimer.pass(),
    async [Symbol.asyncDispose]() {
      await reclaimer[Symbol.asyncDispose]();
      await queue.drained();
      await db.close();
    },
  };
}
