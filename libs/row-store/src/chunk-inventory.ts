import type { ChunkInfo } from '@pilvi/chunk-store';
import { frame, prefixRange, unframe } from '@pilvi/object-index';
import { USER_PREFIX } from './node-keys.ts';
import type { RowStore } from './row-store.ts';

/**
 * Which chunks this node holds: `(partition, id) → {owner, size, crc}`, in the row store because a scan of the chunk database would read the bytes too.
 * Written unsynced, like all rows: whoever keeps it logs the changes and replays them after the last checkpoint (D3).
 */
export interface ChunkInventory {
  add(infos: readonly ChunkInfo[]): void;
  remove(partition: number, ids: readonly Buffer[]): void;
  /** Throws ObjectIndexError when the row is damaged. */
  get(partition: number, id: Buffer): ChunkInfo | undefined;
  /** In order of id. */
  scan(partition: number): AsyncIterable<ChunkInfo>;
  /** Chunks stored under one intent. */
  scanOwner(partition: number, owner: Buffer): AsyncIterable<ChunkInfo>;
}

/** Keys: `[1][partition u16][id 16]` for what is known of a chunk, `[2][partition u16][owner 16][id 16]` to find it by its owner. Part of the format. */
const BY_ID = 1;
const BY_OWNER = 2;
const ID_AT = USER_PREFIX.length + 3;
const OWNER_BYTES = 16;
const NOTHING = frame(new Uint8Array());

export function createChunkInventory(rows: RowStore): ChunkInventory {
  function get(partition: number, id: Buffer): ChunkInfo | undefined {
    const value = rows.committed.get(keyOf(BY_ID, partition, id));
    return value === undefined ? undefined : decode(partition, id, unframe(value));
  }
  return {
    add(infos) {
      rows.putNodeRows(
        infos.flatMap((info) => [
          { key: keyOf(BY_ID, info.partition, info.id), value: encode(info) },
          { key: keyOf(BY_OWNER, info.partition, info.owner, info.id), value: NOTHING },
        ]),
      );
    },
    remove(partition, ids) {
      rows.putNodeRows(
        ids.flatMap((id) => {
          const info = get(partition, id);
          const byId = { key: keyOf(BY_ID, partition, id), value: undefined };
          return info === undefined ? [byId] : [byId, { key: keyOf(BY_OWNER, partition, info.owner, id), value: undefined }];
        }),
      );
    },
    get,
    async *scan(partition) {
      for await (const [key, value] of rows.nodeRows(prefixRange(keyOf(BY_ID, partition))))
        yield decode(partition, key.subarray(ID_AT), unframe(value));
    },
    async *scanOwner(partition, owner) {
      for await (const [key] of rows.nodeRows(prefixRange(keyOf(BY_OWNER, partition, owner)))) {
        const info = get(partition, key.subarray(ID_AT + OWNER_BYTES));
        // A repair may have stored the chunk again meanwhile; the row by id is the truth.
        if (info?.owner.equals(owner) === true) yield info;
      }
    },
  };
}

function keyOf(table: number, partition: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.from([table, 0, 0]);
  head.writeUInt16BE(partition, 1);
  return Buffer.concat([USER_PREFIX, head, ...parts]);
}

function encode(info: ChunkInfo): Buffer {
  const body = Buffer.allocUnsafe(OWNER_BYTES + 8);
  info.owner.copy(body, 0);
  body.writeUInt32BE(info.sizeBytes, OWNER_BYTES);
  body.writeUInt32BE(info.crc32, OWNER_BYTES + 4);
  return frame(body);
}

function decode(partition: number, id: Buffer, body: Buffer): ChunkInfo {
  return {
    id,
    partition,
    owner: body.subarray(0, OWNER_BYTES),
    sizeBytes: body.readUInt32BE(OWNER_BYTES),
    crc32: body.readUInt32BE(OWNER_BYTES + 4),
  };
}
