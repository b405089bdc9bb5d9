export {
  CHECKSUM_ALGORITHMS,
  digestSizeBytes,
  fromStoredAlgorithm,
  isChecksumAlgorithm,
  isCrcAlgorithm,
  toStoredAlgorithm,
  type ChecksumAlgorithm,
  type CrcAlgorithm,
  type HashAlgorithm,
} from './algorithms.ts';
export { combineCrc, compositeChecksum } from './combine.ts';
export { createHasher, digestOf, type Hasher } from './hasher.ts';
