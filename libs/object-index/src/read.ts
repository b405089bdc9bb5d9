import { bucketId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexCommand, IndexResult } from '@pilvi/contracts/index/v1/command';
import { PartRecord } from '@pilvi/contracts/index/v1/record';
import { chunkNameRange, listChunkNames } from './chunk-names.ts';
import { inlineKey, partsRange } from './row-keys.ts';
import type { RowView } from './rows.ts';
import { unframe } from './stored-value.ts';
import { failure, readObject, readUpload } from './transaction.ts';

const NO_BYTES = Buffer.alloc(0);

export interface ReadContext {
  /** Committed state only. */
  readonly view: RowView;
  readonly partition: PartitionId;
}

/** Answers a command that changes nothing. Throws ObjectIndexError when a row is damaged. */
export function read(context: ReadContext, command: IndexCommand): IndexResult {
  const op = command.op;
  const tx = { partition: context.partition, get: (key: Buffer) => context.view.get(key) };
  switch (op?.$case) {
    case 'getObject': {
      const bucket = bucketId(op.value.bucketId);
      const record = readObject(tx, bucket, op.value.key);
      if (record === undefined) return failure(IndexFailureCode.NO_SUCH_KEY);
      let inlineData: Buffer = NO_BYTES;
      if (!op.value.head && record.layout?.kind?.$case === 'inline' && record.sizeBytes > 0n) {
        const value = tx.get(inlineKey(context.partition, bucket, op.value.key));
        if (value === undefined) return failure(IndexFailureCode.DAMAGED, 'the inline bytes are missing');
        inlineData = unframe(value);
      }
      return { outcome: { $case: 'found', value: { record, inlineData } } };
    }
    case 'getUpload': {
      const upload = readUpload(tx, bucketId(op.value.bucketId), op.value.key, op.value.uploadId);
      return upload === undefined ? failure(IndexFailureCode.NO_SUCH_UPLOAD) : { outcome: { $case: 'upload', value: upload } };
    }
    case 'listParts':
      return listParts(context, op.value);
    case 'listChunkNames': {
      const range = chunkNameRange(context.partition, op.value);
      if (range === undefined) return failure(IndexFailureCode.INVALID_ARGUMENT, 'an unknown kind of name');
      return { outcome: { $case: 'chunkNames', value: listChunkNames(context.view, range, op.value.kind) } };
    }
    default:
      return failure(IndexFailureCode.INVALID_ARGUMENT, 'not a read');
  }
}

function listParts(
  context: ReadContext,
  query: { bucketId: string; key: string; uploadId: string; afterNumber: number; limit: number },
): IndexResult {
  const bucket = bucketId(query.bucketId);
  const upload = readUpload({ partition: context.partition, get: (key) => context.view.get(key) }, bucket, query.key, query.uploadId);
  if (upload === undefined) return failure(IndexFailureCode.NO_SUCH_UPLOAD);
  const parts: PartRecord[] = [];
  for (const [, value] of context.view.scan(partsRange(context.partition, bucket, query.key, query.uploadId))) {
    const part = PartRecord.decode(unframe(value));
    if (part.number <= query.afterNumber) continue;
    if (parts.length === query.limit) return { outcome: { $case: 'parts', value: { parts, truncated: true, upload } } };
    parts.push({ ...part, layout: undefined });
  }
  return { outcome: { $case: 'parts', value: { parts, truncated: false, upload } } };
}
