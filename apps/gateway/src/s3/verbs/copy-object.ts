import type { WriteCondition } from '@pilvi/contracts/index/v1/command';
import type { ObjectMetadata, ObjectRecord, Tag } from '@pilvi/contracts/index/v1/record';
import type { Bucket } from '@pilvi/object-store';
import { S3Error } from '@pilvi/s3-protocol';
import { checksumElements, parseAlgorithm } from '../checksum-headers.ts';
import { computedBody } from '../computed-body.ts';
import { type CopySource, MAX_COPY_BYTES, openCopySource } from '../copy-source.ts';
import { type Exchange, requirePermission } from '../exchange.ts';
import { xmlDate } from '../http-date.ts';
import { readMetadata } from '../object-metadata.ts';
import type { SlowResult } from '../reply.ts';
import { parseTagHeader } from '../tags.ts';
import type { ObjectVerb } from '../verb.ts';
import { refuseEarly, underCondition, writeCondition } from '../write-conditions.ts';
import { document } from '../xml-document.ts';

type Directive = 'COPY' | 'REPLACE';

export const copyObject: ObjectVerb = {
  on: 'object',
  name: 'CopyObject',
  action: 's3:PutObject',
  run: async (exchange, bucket, key) => {
    const metadataDirective = directive(exchange, 'x-amz-metadata-directive');
    const taggingDirective = directive(exchange, 'x-amz-tagging-directive');
    const source = await openCopySource(exchange);
    const { record } = source.found;
    if (record.sizeBytes > BigInt(MAX_COPY_BYTES)) {
      throw new S3Error('InvalidRequest', {
        message: `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY_BYTES}`,
      });
    }
    if (metadataDirective === 'COPY') refuseVainCopy(exchange, source, { bucket, key });
    const tags = tagsOf(exchange, taggingDirective, record);
    if (tags.length > 0) requirePermission(exchange, 's3:PutObjectTagging', { bucket, key });
    const metadata = metadataOf(exchange, metadataDirective, record);
    const condition = writeCondition(exchange.headers);
    await refuseEarly(condition, () => exchange.components.objects.headObject({ bucket: bucket.id, key }, exchange.signal));
    return { kind: 'slow', work: copy(exchange, source, { bucket, key, metadata, tags, condition }) };
  },
};

async function copy(
  exchange: Exchange,
  source: CopySource,
  target: { bucket: Bucket; key: string; metadata: ObjectMetadata; tags: Tag[]; condition: WriteCondition },
): Promise<SlowResult> {
  const { headers, components, signal } = exchange;
  const { record } = source.found;
  const sizeBytes = Number(record.sizeBytes);
  const asked = parseAlgorithm(headers['x-amz-checksum-algorithm']);
  const algorithms = asked === undefined ? record.checksums.map((checksum) => checksum.algorithm) : [asked];
  const body = computedBody(source.found.open(0, sizeBytes, signal), sizeBytes, algorithms);
  const { bucket, key, metadata, tags, condition } = target;
  const input = { bucket: bucket.id, key, body, metadata, tags, ownerId: bucket.ownerId, condition };
  const made = await underCondition(condition, components.objects.putObject(input, signal));
  return {
    headers: [],
    document: document('CopyObjectResult', [
      ['LastModified', xmlDate(made.modifiedMs)],
      ['ETag', `"${made.etag}"`],
      ...checksumElements(made.checksums),
    ]),
  };
}

function directive(exchange: Exchange, header: 'x-amz-metadata-directive' | 'x-amz-tagging-directive'): Directive {
  const value = exchange.headers[header];
  if (value === undefined || value === 'COPY') return 'COPY';
  if (value === 'REPLACE') return value;
  const what = header === 'x-amz-metadata-directive' ? 'metadata' : 'tagging';
  throw new S3Error('InvalidArgument', { message: `Unknown ${what} directive.`, fields: { ArgumentName: header, ArgumentValue: value } });
}

/** A copy onto itself must change something. */
function refuseVainCopy(exchange: Exchange, source: CopySource, target: { bucket: Bucket; key: string }): void {
  if (source.bucket.id !== target.bucket.id || source.key !== target.key) return;
  const changes = ['x-amz-website-redirect-location', 'x-amz-storage-class', 'x-amz-checksum-algorithm'];
  if (changes.some((header) => exchange.headers[header] !== undefined)) return;
  throw new S3Error('InvalidRequest', {
    message:
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  });
}

/** The website redirect is never copied: it is the new object's own. */
function metadataOf(exchange: Exchange, how: Directive, record: ObjectRecord): ObjectMetadata {
  const given = readMetadata(exchange.headers);
  if (how === 'REPLACE') return given;
  const redirect = (name: string): boolean => name === 'x-amz-website-redirect-location';
  const kept = (record.metadata?.headers ?? []).filter((header) => !redirect(header.name));
  return { headers: [...kept, ...given.headers.filter((header) => redirect(header.name))], user: record.metadata?.user ?? [] };
}

function tagsOf(exchange: Exchange, how: Directive, record: ObjectRecord): Tag[] {
  return how === 'COPY' ? record.tags : parseTagHeader(exchange.headers['x-amz-tagging']);
}
