import { crc32 } from 'node:zlib';
import type { Epoch } from '@pilvi/cluster-map';
import type { LogEntry, Seq } from './types.ts';

const HEADER_BYTES = 16;

/** Makes the entry that follows `prevHash`. */
export function makeEntry(epoch: Epoch, seq: Seq, prevHash: number, body: Buffer): LogEntry {
  return { epoch, seq, prevHash, hash: entryHash(epoch, seq, prevHash, body), body };
}

/** CRC-32 of prevHash, epoch and seq (big endian), continued over the body. */
export function entryHash(epoch: Epoch, seq: Seq, prevHash: number, body: Uint8Array): number {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(prevHash, 0);
  header.writeUIntBE(epoch, 4, 6);
  header.writeUIntBE(seq, 10, 6);
  return crc32(body, crc32(header));
}
