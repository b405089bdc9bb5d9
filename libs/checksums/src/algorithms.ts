import { ChecksumAlgorithm as StoredAlgorithm } from '@pilvi/contracts/index/v1/record';

/** The additional checksums that S3 computes and stores, named as in `x-amz-checksum-algorithm`. */
export type ChecksumAlgorithm = CrcAlgorithm | 'SHA1' | 'SHA256';
/** Those of which the checksum of a whole can be had from the checksums of its pieces. */
export type CrcAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME';
/** Everything that `createHasher` computes. */
export type HashAlgorithm = ChecksumAlgorithm | 'MD5';

interface AlgorithmFacts {
  readonly digestSizeBytes: number;
  /** How the contracts number it. */
  readonly stored: StoredAlgorithm;
}

const FACTS: Readonly<Record<ChecksumAlgorithm, AlgorithmFacts>> = {
  CRC32: { digestSizeBytes: 4, stored: StoredAlgorithm.CRC32 },
  CRC32C: { digestSizeBytes: 4, stored: StoredAlgorithm.CRC32C },
  CRC64NVME: { digestSizeBytes: 8, stored: StoredAlgorithm.CRC64NVME },
  SHA1: { digestSizeBytes: 20, stored: StoredAlgorithm.SHA1 },
  SHA256: { digestSizeBytes: 32, stored: StoredAlgorithm.SHA256 },
};

export const CHECKSUM_ALGORITHMS = Object.keys(FACTS) as readonly ChecksumAlgorithm[];

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(FACTS, name);
}

export function isCrcAlgorithm(algorithm: ChecksumAlgorithm): algorithm is CrcAlgorithm {
  return algorithm === 'CRC32' || algorithm === 'CRC32C' || algorithm === 'CRC64NVME';
}

export function digestSizeBytes(algorithm: ChecksumAlgorithm): number {
  return FACTS[algorithm].digestSizeBytes;
}

export function toStoredAlgorithm(algorithm: ChecksumAlgorithm): StoredAlgorithm {
  return FACTS[algorithm].stored;
}

/** Undefined for UNSPECIFIED, and for a number that a newer version wrote. */
export function fromStoredAlgorithm(stored: StoredAlgorithm): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => FACTS[algorithm].stored === stored);
}
