import { ChunkStoreError } from '@pilvi/chunk-store';
import type { PartitionId } from '@pilvi/cluster-map';
import { healChunk } from './heal-chunk.ts';
import type { HousekeepingComponents } from './housekeeping.ts';

/** Pause between chunks of a scrub at leisure; clients come first (P3). */
const PAUSE_MS = 20;

/** What the scrub uses of a node. */
export type ScrubChunksComponents = Pick<
  HousekeepingComponents,
  'host' | 'inventory' | 'chunks' | 'clock' | 'log' | 'counts' | 'peers' | 'dropOrphans'
>;

export interface ScrubbedChunks {
  readonly healed: number;
  /** Damaged or missing, named by an object, and not mended. */
  readonly failed: number;
}

/** Reads and verifies every chunk that this node should hold; what is damaged or missing is fetched from another copy (P3). */
export async function scrubChunks(
  components: ScrubChunksComponents,
  options: { hurry: boolean },
  signal: AbortSignal,
): Promise<ScrubbedChunks> {
  const { host, inventory, chunks, clock, log, counts } = components;
  let healed = 0;
  let failed = 0;
  for (const partition of host.partitions()) {
    const helpless: Buffer[] = [];
    for await (const info of inventory.scan(partition)) {
      if (signal.aborted) return { healed, failed };
      counts.scrubbedChunks.inc();
      try {
        await chunks.get(info.id);
      } catch (error) {
        if (!(error instanceof ChunkStoreError)) throw error;
        log.warn({ chunk: info.id.toString('hex'), partition, code: error.code }, 'scrub found damage');
        if (await healChunk(components, info.id)) healed++;
        else helpless.push(info.id);
      }
      if (!options.hurry) await clock.sleep(PAUSE_MS, signal);
    }
    if (helpless.length > 0) failed += await countNamed(components, partition, helpless, signal);
  }
  return { healed, failed };
}

/**
 * What lies nowhere else may be what a broken-off upload left, or a copy that came after its object was deleted: nobody misses it, and it goes now rather
 * than with the next census. Returns how many of the chunks stay.
 */
async function countNamed(
  { dropOrphans, log }: ScrubChunksComponents,
  partition: PartitionId,
  helpless: readonly Buffer[],
  signal: AbortSignal,
): Promise<number> {
  const orphans = await dropOrphans(partition, signal).catch((error: unknown) => {
    log.info({ err: error, partition }, 'who names a damaged chunk cannot be asked now');
    return [];
  });
  const gone = new Set(orphans.map((id) => id.toString('hex')));
  const staying = helpless.map((id) => id.toString('hex')).filter((id) => !gone.has(id));
  for (const chunk of staying) log.error({ chunk, partition }, 'no sound copy of a chunk was found');
  return staying.length;
}
