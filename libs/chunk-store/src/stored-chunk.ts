import { crc32 } from 'node:zlib';
import type { ChunkInfo } from './chunk-store.ts';
import { ChunkStoreError } from './errors.ts';

/**
 * A chunk as it is stored: `[format 2][CRC-32 of the rest of the header: 4][id 16][owner 16][partition 2][CRC-32 of the data: 4][length of the data: 4][data]`,
 * and zeros up to a whole block where it is a file. The id is in it, so that a value found under another name is known for what it is. In format 1 there was no
 * length: the data went to the end. Part of the format.
 */
const FORMAT_VERSION = 2;
const ID_AT = 5;
const OWNER_AT = 21;
const PARTITION_AT = 37;
const DATA_CRC_AT = 39;
const LENGTH_AT = 43;
const HEADER_BYTES = 47;
const FORMAT_1 = 1;
const HEADER_BYTES_OF_1 = 43;
const ID_BYTES = 16;
/** More zeros than this were never written. */
export const BLOCK_BYTES = 4_096;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** A chunk in one piece, as `chunkHeader`. */
export function encodeChunk(info: ChunkInfo, data: Uint8Array): Buffer {
  const value = Buffer.allocUnsafeSlow(HEADER_BYTES + data.length);
  chunkHeader(info, data).copy(value);
  value.set(data, HEADER_BYTES);
  return value;
}

/** What comes before the bytes. Throws ChunkStoreError `bad-checksum` when they do not have the CRC-32 named. */
export function chunkHeader(info: ChunkInfo, data: Uint8Array): Buffer {
  if (info.id.length !== ID_BYTES || info.owner.length !== ID_BYTES) throw new RangeError('chunk id and owner are 16 bytes');
  if (data.length !== info.sizeBytes || crc32(data) !== info.crc32) {
    throw new ChunkStoreError('bad-checksum', `chunk ${info.id.toString('hex')} does not have the length and CRC-32 named`);
  }
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header[0] = FORMAT_VERSION;
  info.id.copy(header, ID_AT);
  info.owner.copy(header, OWNER_AT);
  header.writeUInt16BE(info.partition, PARTITION_AT);
  header.writeUInt32BE(info.crc32, DATA_CRC_AT);
  header.writeUInt32BE(data.length, LENGTH_AT);
  header.writeUInt32BE(crc32(header.subarray(ID_AT)), 1);
  return header;
}

/** The chunk, every byte verified. Throws ChunkStoreError `damaged`; a format of a later version is refused the same way, not misread. */
export function decodeChunk(id: Buffer, value: Buffer): { data: Buffer; info: ChunkInfo } {
  const damaged = (what: string): ChunkStoreError => new ChunkStoreError('damaged', `chunk ${id.toString('hex')}: ${what}`);
  const headerBytes = value[0] === FORMAT_1 ? HEADER_BYTES_OF_1 : HEADER_BYTES;
  if (value.length < headerBytes) throw damaged('too short');
  if (value[0] !== FORMAT_VERSION && value[0] !== FORMAT_1) throw damaged(`format ${String(value[0])}`);
  if (crc32(value.subarray(ID_AT, headerBytes)) !== value.readUInt32BE(1)) throw damaged('its header does not have its checksum');
  if (!value.subarray(ID_AT, OWNER_AT).equals(id)) throw damaged('another chunk lies in its place');
  const end = value[0] === FORMAT_1 ? value.length : headerBytes + value.readUInt32BE(LENGTH_AT);
  const padding = value.subarray(end);
  if (value.length < end || padding.length >= BLOCK_BYTES || !padding.equals(ZEROS.subarray(0, padding.length)))
    throw damaged('its length is not the one it had');
  const data = value.subarray(headerBytes, end);
  const crc = value.readUInt32BE(DATA_CRC_AT);
  if (crc32(data) !== crc) throw damaged('its bytes do not have their checksum');
  const owner = value.subarray(OWNER_AT, PARTITION_AT);
  return { data, info: { id, owner, partition: value.readUInt16BE(PARTITION_AT), sizeBytes: data.length, crc32: crc } };
}
