import type { ChunkInfo } from '@pilvi/chunk-store';
import type { ReplicationLog, StoredRecord } from '@pilvi/replication-log';
import { RecordKind } from '../replication/record-kinds.ts';

/** [format version][id 16][owner 16][size u32][crc u32], the partition being the record's. */
const FORMAT_VERSION = 1;
const ADDED_BYTES = 1 + 16 + 16 + 4 + 4;
const ID_BYTES = 16;

/**
 * The inventory's durability: its rows go to LevelDB unsynced, like every other state, and are replayed from the log
 * after the last checkpoint (D3).
 */
export interface ChunkJournal {
  /** Resolves when the additions are on disk. */
  added(infos: readonly ChunkInfo[]): Promise<void>;
  /** Resolves when the removals are on disk. */
  removed(partition: number, ids: readonly Buffer[]): Promise<void>;
}

export function createChunkJournal(log: ReplicationLog): ChunkJournal {
  return {
    async added(infos) {
      log.append(infos.map((info) => ({ kind: RecordKind.chunkAdded, partition: info.partition, body: [encodeInfo(info)] })));
      await log.sync();
    },
    async removed(partition, ids) {
      log.append([{ kind: RecordKind.chunksRemoved, partition, body: [Buffer.of(FORMAT_VERSION), ...ids] }]);
      await log.sync();
    },
  };
}

export type ChunkChange =
  | { readonly kind: 'added'; readonly info: ChunkInfo }
  | { readonly kind: 'removed'; readonly partition: number; readonly ids: readonly Buffer[] };

/** The change a stored record tells, or undefined when it is not about chunks. */
export function readChunkRecord(record: StoredRecord): ChunkChange | undefined {
  if (record.kind !== RecordKind.chunkAdded && record.kind !== RecordKind.chunksRemoved) return undefined;
  if (record.body[0] !== FORMAT_VERSION)
    throw new Error(`chunk record has format ${String(record.body[0])}, this version reads ${String(FORMAT_VERSION)}`);
  if (record.kind === RecordKind.chunkAdded) return { kind: 'added', info: decodeInfo(record.body, record.partition) };
  const ids: Buffer[] = [];
  for (let at = 1; at < record.body.length; at += ID_BYTES) ids.push(record.body.subarray(at, at + ID_BYTES));
  return { kind: 'removed', partition: record.partition, ids };
}

function encodeInfo(info: ChunkInfo): Buffer {
  const body = Buffer.allocUnsafe(ADDED_BYTES);
  body[0] = FORMAT_VERSION;
  info.id.copy(body, 1);
  info.owner.copy(body, 17);
  body.writeUInt32BE(info.sizeBytes, 33);
  body.writeUInt32BE(info.crc32, 37);
  return body;
}

function decodeInfo(body: Buffer, partition: number): ChunkInfo {
  return {
    id: body.subarray(1, 17),
    owner: body.subarray(17, 33),
    partition,
    sizeBytes: body.readUInt32BE(33),
    crc32: body.readUInt32BE(37),
  };
}
