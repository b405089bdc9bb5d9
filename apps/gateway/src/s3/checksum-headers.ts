import { ChecksumAlgorithm, type Checksum } from '@pilvi/contracts/index/v1/record';
import { S3Error } from '@pilvi/s3-protocol';
import type { XmlElement } from '@pilvi/xml';
import type { HeaderList } from './reply.ts';

interface ChecksumName {
  /** As `x-amz-checksum-algorithm` spells it. */
  readonly algorithm: string;
  readonly header: string;
  readonly element: string;
}

const NAMES: Readonly<Record<number, ChecksumName>> = {
  [ChecksumAlgorithm.CRC32]: { algorithm: 'CRC32', header: 'x-amz-checksum-crc32', element: 'ChecksumCRC32' },
  [ChecksumAlgorithm.CRC32C]: { algorithm: 'CRC32C', header: 'x-amz-checksum-crc32c', element: 'ChecksumCRC32C' },
  [ChecksumAlgorithm.CRC64NVME]: { algorithm: 'CRC64NVME', header: 'x-amz-checksum-crc64nvme', element: 'ChecksumCRC64NVME' },
  [ChecksumAlgorithm.SHA1]: { algorithm: 'SHA1', header: 'x-amz-checksum-sha1', element: 'ChecksumSHA1' },
  [ChecksumAlgorithm.SHA256]: { algorithm: 'SHA256', header: 'x-amz-checksum-sha256', element: 'ChecksumSHA256' },
};

const BY_ALGORITHM = new Map(Object.entries(NAMES).map(([id, name]) => [name.algorithm, Number(id) as ChecksumAlgorithm]));

/** Each checksum that can stand in a CompleteMultipartUpload part or a header, with its algorithm. */
export const CHECKSUMS: readonly (ChecksumName & { readonly id: ChecksumAlgorithm })[] = Object.entries(NAMES).map(([id, name]) => ({
  ...name,
  id: Number(id) as ChecksumAlgorithm,
}));

export function algorithmName(algorithm: ChecksumAlgorithm): string {
  return NAMES[algorithm]?.algorithm ?? '';
}

/** Undefined when the header is absent. Throws InvalidRequest for an unknown algorithm. */
export function parseAlgorithm(text: string | undefined): ChecksumAlgorithm | undefined {
  if (text === undefined || text === '') return undefined;
  const algorithm = BY_ALGORITHM.get(text.toUpperCase());
  if (algorithm === undefined) {
    throw new S3Error('InvalidRequest', {
      message:
        'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    });
  }
  return algorithm;
}

export function writeChecksumHeaders(into: HeaderList, checksums: readonly Checksum[]): void {
  for (const { algorithm, value, composite } of checksums) {
    const name = NAMES[algorithm];
    if (name !== undefined) into.push(name.header, value, 'x-amz-checksum-type', composite ? 'COMPOSITE' : 'FULL_OBJECT');
  }
}

/** `ChecksumCRC32` and so on, and `ChecksumType` unless left out. */
export function checksumElements(checksums: readonly Checksum[], withType = true): XmlElement[] {
  const elements: XmlElement[] = [];
  for (const { algorithm, value } of checksums) {
    const name = NAMES[algorithm];
    if (name !== undefined) elements.push([name.element, value]);
  }
  const first = checksums[0];
  if (withType && first !== undefined) elements.push(['ChecksumType', first.composite ? 'COMPOSITE' : 'FULL_OBJECT']);
  return elements;
}
