import { bucketId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import { ObjectRecord, UploadRecord } from '@pilvi/contracts/index/v1/record';
import type { ListEntry, UploadEntry } from '@pilvi/contracts/index/v1/service';
import { mergeRows } from './merged-rows.ts';
import type { MergedRows } from './merged-rows.ts';
import { keyTextOf, objectKey, startOfPrefix, successor, Table, uploadKey } from './row-keys.ts';
import type { KeyRange, RowCursor } from './rows.ts';
import { unframe } from './stored-value.ts';

type OpenCursor = (range: KeyRange) => RowCursor;

export interface ObjectListing {
  readonly bucketId: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly startAfter: string;
  readonly limit: number;
}

export interface UploadListing {
  readonly bucketId: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  readonly limit: number;
}

/**
 * One page over the partitions given, ascending by UTF-8 bytes, common prefixes rolled up. What lies under a common prefix is jumped over, not read.
 */
export async function listObjects(
  partitions: readonly PartitionId[],
  query: ObjectListing,
  open: OpenCursor,
): Promise<{ entries: ListEntry[]; truncated: boolean }> {
  const bucket = bucketId(query.bucketId);
  const ranges = partitions.map((partition): KeyRange => {
    const start = startOfPrefix(partition, Table.object, bucket, query.prefix);
    const after =
      query.startAfter === ''
        ? start
        : afterMarker(
            objectKey(partition, bucket, query.startAfter),
            startOfPrefix(partition, Table.object, bucket, query.startAfter),
            query,
          );
    return { gte: Buffer.compare(after, start) > 0 ? after : start, lt: successor(start) };
  });
  await using rows = await mergeRows(usable(ranges), open, batchSize(query.limit, partitions.length));
  const entries: ListEntry[] = [];
  for (let row = rows.peek(); row !== undefined; row = rows.peek()) {
    if (entries.length === query.limit) return { entries, truncated: true };
    const key = keyTextOf(row[0]);
    const common = commonPrefix(key, query.prefix, query.delimiter);
    if (common === undefined) {
      entries.push({ key, commonPrefix: false, record: listingFields(ObjectRecord.decode(unframe(row[1]))) });
      await rows.take();
    } else {
      entries.push({ key: common, commonPrefix: true, record: undefined });
      await skipPrefix(rows, row[0], bucket, common, Table.object);
    }
  }
  return { entries, truncated: false };
}

/** As listObjects, for multipart uploads, ascending by key and upload id. */
export async function listUploads(
  partitions: readonly PartitionId[],
  query: UploadListing,
  open: OpenCursor,
): Promise<{ entries: UploadEntry[]; truncated: boolean }> {
  const bucket = bucketId(query.bucketId);
  const ranges = partitions.map((partition): KeyRange => {
    const start = startOfPrefix(partition, Table.upload, bucket, query.prefix);
    const after = query.keyMarker === '' ? start : uploadsAfter(partition, query);
    return { gte: Buffer.compare(after, start) > 0 ? after : start, lt: successor(start) };
  });
  await using rows = await mergeRows(usable(ranges), open, batchSize(query.limit, partitions.length));
  const entries: UploadEntry[] = [];
  for (let row = rows.peek(); row !== undefined; row = rows.peek()) {
    if (entries.length === query.limit) return { entries, truncated: true };
    const common = commonPrefix(keyTextOf(row[0]), query.prefix, query.delimiter);
    if (common === undefined) {
      entries.push({ upload: { ...UploadRecord.decode(unframe(row[1])), metadata: undefined, tags: [] }, commonPrefix: '' });
      await rows.take();
    } else {
      entries.push({ upload: undefined, commonPrefix: common });
      await skipPrefix(rows, row[0], bucket, common, Table.upload);
    }
  }
  return { entries, truncated: false };
}

/** Where to go on after a marker: after the key itself, or, when the marker lies in a rolled-up prefix, after all of that. */
function afterMarker(markerRow: Buffer, markerStart: Buffer, query: ObjectListing): Buffer {
  const common = commonPrefix(query.startAfter, query.prefix, query.delimiter);
  if (common === query.startAfter) return successor(markerStart);
  return successor(markerRow);
}

function uploadsAfter(partition: PartitionId, query: UploadListing): Buffer {
  const bucket = bucketId(query.bucketId);
  if (query.uploadIdMarker !== '') return successor(uploadKey(partition, bucket, query.keyMarker, query.uploadIdMarker));
  const start = startOfPrefix(partition, Table.upload, bucket, query.keyMarker);
  if (commonPrefix(query.keyMarker, query.prefix, query.delimiter) === query.keyMarker) return successor(start);
  // None of the marker key's own uploads: they all begin with its text and the end of it.
  return successor(Buffer.concat([start, Buffer.from([0x00, 0x01])]));
}

function usable(ranges: readonly KeyRange[]): KeyRange[] {
  return ranges.filter((range) => Buffer.compare(range.gte, range.lt) < 0);
}

/** Keys spread evenly, so each partition gives about its share of a page; a little more saves a second read. */
function batchSize(limit: number, partitions: number): number {
  return Math.max(4, Math.ceil((limit * 1.4) / Math.max(1, partitions)) + 2);
}

async function skipPrefix(
  rows: MergedRows,
  row: Buffer,
  bucket: Parameters<typeof startOfPrefix>[2],
  common: string,
  table: 1 | 3,
): Promise<void> {
  const partition = row.readUInt16BE(0) as PartitionId;
  await rows.skipTo(successor(startOfPrefix(partition, table, bucket, common)));
}

function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** What a listing shows; the rest stays behind. */
function listingFields(record: ObjectRecord): ObjectRecord {
  return { ...record, layout: undefined, metadata: undefined, tags: [], parts: [] };
}
