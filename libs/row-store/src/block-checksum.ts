import { digestOf } from '@pilvi/checksums';

const MASK_DELTA = 0xa282ead8;

/** CRC-32C as LevelDB stores it: masked, since a checksum of bytes that hold checksums says little. Source: leveldb/util/crc32c.h. */
export function maskedCrc32c(bytes: Buffer): number {
  const crc = digestOf('CRC32C', bytes).readUInt32BE();
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
