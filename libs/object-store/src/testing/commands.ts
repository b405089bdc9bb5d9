import { crc32 } from 'node:zlib';
import type { IndexCommand, WriteCondition } from '@pilvi/contracts/index/v1/command';
import { ANY, BUCKET } from './bodies.ts';

/** A PUT of a small object. */
export function smallPut(key: string, text: string, condition: Partial<WriteCondition> = {}, bucketId: string = BUCKET): IndexCommand {
  const inlineData = Buffer.from(text);
  const record = {
    versionId: 'null',
    sizeBytes: BigInt(inlineData.length),
    etag: `etag-${text}`,
    modifiedMs: 0n,
    metadata: { headers: [], user: [] },
    checksums: [],
    tags: [],
    layout: { kind: { $case: 'inline' as const, value: { crc32: crc32(inlineData) } } },
    parts: [],
    ownerId: 'owner',
    deleteMarker: false,
    uploadId: '',
  };
  return {
    op: {
      $case: 'putObject',
      value: { bucketId, key, condition: { ...ANY, ...condition }, record, inlineData, intentId: Buffer.alloc(0) },
    },
  };
}
