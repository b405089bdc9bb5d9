import type { ChunkInfo } from '@pilvi/chunk-store';
import { frame, prefixRange, unframe } from '@pilvi/object-index';
import { INVENTORY_PREFIX } from './node-keys.ts';
import type { RowStore } from './row-store.ts';

/** Which chunks this node holds: `(partition, id) → {size, crc, owner}`, in the row store because a scan of the chunk database would read the bytes too. */
export interface ChunkInventory {
  add(infos: readonly ChunkInfo[]): void;
  remove(partition: number, ids: readonly Buffer[]): void;
  scan(partition: number): AsyncIterable<ChunkInfo>;
  /** Chunks stored under one intent. */
  scanOwner(partition: number, owner: Buffer): AsyncIterable<ChunkInfo>;
}

export function createChunkInventory(rows: RowStore): ChunkInventory {
  async function* scan(partition: number): AsyncIterable<ChunkInfo> {
    for await (const [key, value] of rows.nodeRows(prefixRange(partitionPrefix(partition)))) yield decode(key, unframe(value), partition);
  }
  return {
    add(infos) {
      rows.putNodeRows(infos.map((info) => ({ key: keyOf(info.partition, info.id), value: encode(info) })));
    },
    remove(partition, ids) {
      rows.putNodeRows(ids.map((id) => ({ key: keyOf(partition, id), value: undefined })));
    },
    scan,
    async *scanOwner(partition, owner) {
      for await (const info of scan(partition)) if (info.owner.equals(owner)) yield info;
    },
  };
}

function partitionPrefix(partition: number): Buffer {
  const number = Buffer.allocUnsafe(2);
  number.writeUInt16BE(partition);
  return Buffer.concat([INVENTORY_PREFIX, number]);
}

function keyOf(partition: number, id: Buffer): Buffer {
  return Buffer.concat([partitionPrefix(partition), id]);
}

function encode(info: ChunkInfo): Buffer {
  const body = Buffer.allocUnsafe(24);
  info.owner.copy(body, 0);
  body.writeUInt32BE(info.sizeBytes, 16);
  body.writeUInt32BE(info.crc32, 20);
  return frame(body);
}

function decode(key: Buffer, body: Buffer, partition: number): ChunkInfo {
  return {
    id: key.subarray(INVENTORY_PREFIX.length + 2),
    partition,
    owner: body.subarray(0, 16),
    sizeBytes: body.readUInt32BE(16),
    crc32: body.readUInt32BE(20),
  };
}
