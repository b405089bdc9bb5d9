import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, GetObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { patiently } from '@pilvi/workload';

/** An upload in parts, which knows what it sent. */
export class MultipartUpload {
  readonly #client: S3Client;
  readonly #at: { readonly Bucket: string; readonly Key: string };
  readonly #uploadId: string;
  readonly #partBytes: number;
  readonly #parts = new Map<number, { readonly body: Buffer; readonly etag: string }>();

  private constructor(client: S3Client, at: { Bucket: string; Key: string }, uploadId: string, partBytes: number) {
    this.#client = client;
    this.#at = at;
    this.#uploadId = uploadId;
    this.#partBytes = partBytes;
  }

  static async begin(
    client: S3Client,
    { bucket, key, partBytes }: { bucket: string; key: string; partBytes: number },
  ): Promise<MultipartUpload> {
    const at = { Bucket: bucket, Key: key };
    const { UploadId } = await patiently(() => client.send(new CreateMultipartUploadCommand(at)));
    return new MultipartUpload(client, at, UploadId ?? '', partBytes);
  }

  async sendPart(number: number): Promise<void> {
    const body = randomBytes(this.#partBytes);
    const part = { ...this.#at, UploadId: this.#uploadId, PartNumber: number, Body: body };
    const { ETag } = await patiently(() => this.#client.send(new UploadPartCommand(part)));
    this.#parts.set(number, { body, etag: ETag ?? '' });
  }

  async complete(): Promise<void> {
    const Parts = this.#sorted().map(([PartNumber, { etag }]) => ({ PartNumber, ETag: etag }));
    const command = new CompleteMultipartUploadCommand({ ...this.#at, UploadId: this.#uploadId, MultipartUpload: { Parts } });
    await patiently(() => this.#client.send(command));
  }

  /** Reads it back. */
  async verify(): Promise<void> {
    const answer = await patiently(async () => {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#at));
      return Body?.transformToByteArray();
    });
    const sent = Buffer.concat(this.#sorted().map(([, { body }]) => body));
    assert.equal(digestOf(answer ?? Buffer.alloc(0)), digestOf(sent), 'the object is what its parts were');
  }

  #sorted(): [number, { readonly body: Buffer; readonly etag: string }][] {
    return [...this.#parts].sort(([a], [b]) => a - b);
  }
}

function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}
