import assert from 'node:assert/strict';
import { bucketId } from '@pilvi/cluster-map';
import type { BucketId } from '@pilvi/cluster-map';
import type { IndexCommand, IndexResult } from '@pilvi/contracts/index/v1/command';
import type { Extent, Layout, UploadRecord } from '@pilvi/contracts/index/v1/record';
import { systemRandom } from '@pilvi/runtime';
import type { IndexClient } from '../clients.ts';
import { smallPut } from '../testing/commands.ts';

/** What the suite runs against; `holders` are replicas of the partition, enough for a commit (K1). */
export interface IndexClientUnderTest extends AsyncDisposable {
  readonly client: IndexClient;
  holders(partition: ReturnType<IndexClient['partitionOf']>): readonly string[];
}

export type Op = NonNullable<IndexCommand['op']>;

/** The client under test with a bucket of its own. */
export class Subject {
  readonly under: IndexClientUnderTest;
  readonly bucket: BucketId = bucketId(systemRandom.hex(16));

  constructor(under: IndexClientUnderTest) {
    this.under = under;
  }

  partition(key: string): ReturnType<IndexClient['partitionOf']> {
    return this.under.client.partitionOf(this.bucket, key);
  }

  run(key: string, op: Op): Promise<IndexResult> {
    return this.under.client.execute(this.partition(key), { op });
  }

  put(key: string, text: string, condition: Parameters<typeof smallPut>[2] = {}): Promise<IndexResult> {
    return this.under.client.execute(this.partition(key), smallPut(key, text, condition, this.bucket));
  }

  get(key: string, head = false): Promise<IndexResult> {
    return this.run(key, { $case: 'getObject', value: { bucketId: this.bucket, key, head } });
  }

  delete(key: string): Promise<IndexResult> {
    return this.run(key, { $case: 'deleteObject', value: { bucketId: this.bucket, key, condition: undefined } });
  }

  async listAll(prefix: string, delimiter: string, limit: number): Promise<string[]> {
    const shown: string[] = [];
    for (let startAfter = ''; ;) {
      const page = await this.under.client.list({ bucket: this.bucket, prefix, delimiter, startAfter, limit });
      shown.push(...page.entries.map((entry) => (entry.commonPrefix ? `${entry.key}*` : entry.key)));
      startAfter = page.entries.at(-1)?.key ?? '';
      if (!page.truncated) return shown;
    }
  }

  async openIntent(key: string): Promise<Buffer> {
    const intentId = systemRandom.bytes(16);
    assert.equal((await this.run(key, { $case: 'openIntent', value: { bucketId: this.bucket, key, intentId } })).outcome?.$case, 'done');
    return intentId;
  }

  commit(key: string, intentId: Buffer, holders: string[]): Promise<IndexResult> {
    const extent: Extent = { intentId, writerId: Buffer.alloc(8, 1), tickDeltas: [1n], chunkSizeBytes: 10, sizeBytes: 10n, holders };
    const layout: Layout = { kind: { $case: 'chunked', value: { extents: [extent] } } };
    const command = smallPut(key, '', {}, this.bucket);
    if (command.op?.$case !== 'putObject' || command.op.value.record === undefined) throw new Error('not a put');
    const { value } = command.op;
    return this.run(key, {
      $case: 'putObject',
      value: { ...value, record: { ...command.op.value.record, sizeBytes: 10n, layout }, intentId },
    });
  }

  async createUpload(key: string, uploadId: string): Promise<UploadRecord> {
    const upload = {
      uploadId,
      key,
      initiatedMs: 0n,
      metadata: undefined,
      tags: [],
      checksumAlgorithm: 0 as const,
      checksumComposite: false,
      ownerId: '',
    };
    const result = await this.run(key, { $case: 'createUpload', value: { bucketId: this.bucket, key, upload } });
    assert.equal(result.outcome?.$case, 'upload');
    return result.outcome.value;
  }

  async putEmptyPart({ key, uploadId }: UploadRecord, number: number): Promise<void> {
    const layout: Layout = { kind: { $case: 'inline', value: { crc32: 0 } } };
    const part = { number, sizeBytes: 0n, etag: `part-${number}`, modifiedMs: 0n, checksums: [], layout };
    const result = await this.run(key, {
      $case: 'putPart',
      value: { bucketId: this.bucket, key, uploadId, part, intentId: Buffer.alloc(0) },
    });
    assert.equal(result.outcome?.$case, 'part');
  }
}
