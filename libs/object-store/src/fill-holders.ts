import { chunkId } from './chunk-ids.ts';
import { ObjectStoreError } from './errors.ts';
import type { WrittenChunk } from './extent-writer.ts';
import type { Holder } from './holder-set.ts';
import type { PlaceComponents } from './place-chunk.ts';

/**
 * Completes holders, those that lack least first, until enough hold every chunk (K1): a holder failed in mid-upload, or the
 * partition's replicas changed. Each missing chunk is copied from a holder that has it. Throws ObjectStoreError `unavailable`.
 */
export async function fillHolders(components: PlaceComponents, written: readonly WrittenChunk[]): Promise<void> {
  const { holders, signal } = components;
  let lastError: unknown;
  for (const holder of holders.incomplete(written.length)) {
    try {
      for (let index = 0; index < written.length; index++)
        if (!holder.durable.has(index)) await copyChunk(components, holder, written, index);
    } catch (error) {
      signal.throwIfAborted();
      lastError = error;
    }
    if (holders.suffice(holders.complete(written.length))) return;
  }
  throw new ObjectStoreError('unavailable', 'too few nodes could be given every chunk', { cause: lastError });
}

async function copyChunk(components: PlaceComponents, to: Holder, written: readonly WrittenChunk[], index: number): Promise<void> {
  const chunk = written[index];
  if (chunk === undefined) throw new Error(`chunk ${index} was never written`);
  const { chunks, ids, holders, target, signal } = components;
  const id = chunkId(chunk.tick, ids.writerId);
  let lastError: unknown;
  for (const from of holders.all) {
    if (!from.durable.has(index)) continue;
    try {
      const data = await chunks.get(from.incarnation, id, { offset: 0, length: chunk.sizeBytes }, signal);
      await chunks.put(to.incarnation, { id, partition: target.partition, owner: target.intentId, crc32: chunk.crc32, data }, signal);
      to.durable.add(index);
      return;
    } catch (error) {
      signal.throwIfAborted();
      lastError = error;
    }
  }
  throw new ObjectStoreError('unavailable', `chunk ${index} could not be copied`, { cause: lastError });
}
