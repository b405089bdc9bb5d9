import { ChunkStoreError } from '@pilvi/chunk-store';
import type { HousekeepingComponents } from './housekeeping.ts';
import { healChunk } from './heal-chunk.ts';

/** Pause between chunks of a scrub at leisure; clients come first (P3). */
const PAUSE_MS = 20;

/** Reads and verifies every chunk that this node should hold; what is damaged or missing is fetched from another copy (P3). */
export async function scrubChunks(
  components: HousekeepingComponents,
  options: { hurry: boolean },
  signal: AbortSignal,
): Promise<{ healed: number; failed: number }> {
  const { host, inventory, chunks, clock, log, counts } = components;
  let healed = 0;
  let failed = 0;
  for (const partition of host.partitions()) {
    for await (const info of inventory.scan(partition)) {
      if (signal.aborted) return { healed, failed };
      counts.scrubbedChunks.inc();
      try {
        await chunks.get(info.id);
      } catch (error) {
        if (!(error instanceof ChunkStoreError)) throw error;
        log.warn({ chunk: info.id.toString('hex'), partition, code: error.code }, 'scrub found damage');
        if (await healChunk(components, info.id)) healed++;
        else failed++;
      }
      if (!options.hurry) await clock.sleep(PAUSE_MS, signal);
    }
  }
  return { healed, failed };
}
