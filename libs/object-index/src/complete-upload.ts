import { createHash } from 'node:crypto';
import { combineCrc, compositeChecksum, fromStoredAlgorithm, isCrcAlgorithm, toStoredAlgorithm } from '@pilvi/checksums';
import type { ChecksumAlgorithm } from '@pilvi/checksums';
import { bucketId } from '@pilvi/cluster-map';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { CompleteUpload, IndexResult } from '@pilvi/contracts/index/v1/command';
import { PartRecord } from '@pilvi/contracts/index/v1/record';
import type { Checksum, ObjectRecord, UploadRecord } from '@pilvi/contracts/index/v1/record';
import { extentsOf } from './extents.ts';
import { answered, storeObject } from './put-object.ts';
import { partKey } from './row-keys.ts';
import { unframe } from './stored-value.ts';
import { failure, isSealed, readObject, readUpload } from './transaction.ts';
import type { Transaction } from './transaction.ts';
import { removeUpload } from './uploads.ts';
import { checkCondition } from './write-condition.ts';

/** Makes one object of the parts named: no byte moves, their extents are joined in order. */
export function completeUpload(tx: Transaction, command: CompleteUpload): IndexResult {
  const bucket = bucketId(command.bucketId);
  if (isSealed(tx, bucket)) return failure(IndexFailureCode.BUCKET_SEALED);
  const present = readObject(tx, bucket, command.key);
  const upload = readUpload(tx, bucket, command.key, command.uploadId);
  if (upload === undefined) {
    // As in S3, completing again what was just completed is no error.
    if (present !== undefined && present.uploadId === command.uploadId) return { outcome: { $case: 'object', value: answered(present) } };
    return failure(IndexFailureCode.NO_SUCH_UPLOAD);
  }
  const parts = gatherParts(tx, command);
  if (!Array.isArray(parts)) return parts;
  const refused = checkCondition(command.condition, present);
  if (refused !== undefined) return refused;
  const record = assemble(upload, command.uploadId, parts);
  const wrong = checkExpected(command, record);
  if (wrong !== undefined) return wrong;
  removeUpload(tx, bucket, command.key, command.uploadId, new Set(parts.map((p) => p.number)));
  return { outcome: { $case: 'object', value: storeObject(tx, bucket, command.key, record, undefined, present) } };
}

/** The stored parts that the client names, or why they cannot be joined. */
function gatherParts(tx: Transaction, command: CompleteUpload): PartRecord[] | IndexResult {
  if (command.parts.length === 0) return failure(IndexFailureCode.INVALID_ARGUMENT, 'no parts');
  const parts: PartRecord[] = [];
  let lastNumber = 0;
  for (const named of command.parts) {
    if (named.number <= lastNumber) return failure(IndexFailureCode.INVALID_PART_ORDER, '', { partNumber: named.number });
    lastNumber = named.number;
    const value = tx.get(partKey(tx.partition, bucketId(command.bucketId), command.key, command.uploadId, named.number));
    const part = value === undefined ? undefined : PartRecord.decode(unframe(value));
    const invalid = (detail: string): IndexResult => failure(IndexFailureCode.INVALID_PART, detail, { partNumber: named.number });
    if (part === undefined) return invalid('no such part');
    if (part.etag !== named.etag) return invalid('another ETag');
    for (const checksum of named.checksums) {
      const stored = part.checksums.find((c) => c.algorithm === checksum.algorithm);
      if (stored?.value !== checksum.value) return invalid('another checksum');
    }
    parts.push(part);
  }
  const small = parts.slice(0, -1).find((p) => p.sizeBytes < command.minPartSizeBytes);
  if (small !== undefined) return failure(IndexFailureCode.ENTITY_TOO_SMALL, '', { partNumber: small.number, etag: small.etag });
  return parts;
}

function assemble(upload: UploadRecord, uploadId: string, parts: readonly PartRecord[]): ObjectRecord {
  return {
    versionId: 'null',
    sizeBytes: parts.reduce((sum, p) => sum + p.sizeBytes, 0n),
    etag: multipartEtag(parts.map((p) => p.etag)),
    modifiedMs: 0n,
    metadata: upload.metadata,
    checksums: wholeChecksums(upload, parts),
    tags: upload.tags,
    layout: { kind: { $case: 'chunked', value: { extents: parts.flatMap((p) => extentsOf(p.layout)) } } },
    parts: parts.map((p) => ({ number: p.number, sizeBytes: p.sizeBytes, checksums: p.checksums })),
    ownerId: upload.ownerId,
    deleteMarker: false,
    uploadId,
  };
}

/** S3's ETag of a multipart object: the MD5 of the parts' MD5s, and how many they are. */
export function multipartEtag(partEtags: readonly string[]): string {
  const digests = Buffer.concat(partEtags.map((etag) => Buffer.from(etag, 'hex')));
  return `${createHash('md5').update(digests).digest('hex')}-${String(partEtags.length)}`;
}

/** The whole's checksum from the parts': of the algorithm asked for, or of CRC-64/NVME when none was and every part has it. */
function wholeChecksums(upload: UploadRecord, parts: readonly PartRecord[]): Checksum[] {
  const algorithm: ChecksumAlgorithm = fromStoredAlgorithm(upload.checksumAlgorithm) ?? 'CRC64NVME';
  const stored = toStoredAlgorithm(algorithm);
  const values = parts.map((p) => p.checksums.find((c) => c.algorithm === stored)?.value);
  if (!values.every((v) => v !== undefined)) return [];
  if (upload.checksumComposite || !isCrcAlgorithm(algorithm))
    return [{ algorithm: stored, value: compositeChecksum(algorithm, values), composite: true }];
  let whole = values[0] ?? '';
  for (let i = 1; i < values.length; i++) whole = combineCrc(algorithm, whole, values[i] ?? '', Number(parts[i]?.sizeBytes ?? 0n));
  return [{ algorithm: stored, value: whole, composite: false }];
}

/** A checksum of an algorithm that the whole does not have cannot be confirmed, so it is refused as a wrong one is. */
function checkExpected(command: CompleteUpload, record: ObjectRecord): IndexResult | undefined {
  if (command.expectedSizeBytes >= 0n && command.expectedSizeBytes !== record.sizeBytes)
    return failure(IndexFailureCode.BAD_DIGEST, 'size');
  for (const expected of command.expectedChecksums) {
    const own = record.checksums.find((c) => c.algorithm === expected.algorithm);
    if (own?.value !== expected.value) return failure(IndexFailureCode.BAD_DIGEST, 'checksum');
  }
  return undefined;
}
