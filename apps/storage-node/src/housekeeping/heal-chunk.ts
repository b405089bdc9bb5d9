import { crc32 } from 'node:zlib';
import { incarnation, partitionId } from '@pilvi/cluster-map';
import type { ChunkInfo } from '@pilvi/chunk-store';
import type { HousekeepingComponents } from './housekeeping.ts';

/** What healing uses of a node. */
type HealComponents = Pick<HousekeepingComponents, 'host' | 'inventory' | 'chunks' | 'peers' | 'log' | 'counts'>;

/** A chunk that this node should hold is damaged or missing: fetch it from another replica and store it again. False: no sound copy was found. */
export async function healChunk(components: HealComponents, id: Buffer): Promise<boolean> {
  const { chunks, peers, host, log, counts } = components;
  const info = await findInfo(components, id);
  if (info === undefined) return true;
  for (const { incarnation: node } of host.placement(partitionId(info.partition)).replicas) {
    if (node === host.core.self) continue;
    const answer = await peers
      .call(incarnation(node), { $case: 'get', value: { chunkId: id, offset: 0, length: 0 } })
      .catch(() => undefined);
    if (answer?.$case !== 'data' || crc32(answer.value.data) !== info.crc32) continue;
    await chunks.put(info, answer.value.data);
    counts.healedChunks.inc();
    log.info({ chunk: id.toString('hex'), partition: info.partition, from: node }, 'chunk healed');
    return true;
  }
  return false;
}

/** Damage is rare: the whole inventory may be looked through for it. */
async function findInfo({ inventory, host }: HealComponents, id: Buffer): Promise<ChunkInfo | undefined> {
  for (const partition of host.partitions()) {
    for await (const info of inventory.scan(partition)) if (info.id.equals(id)) return info;
  }
  return undefined;
}
