import { createHash, randomUUID } from 'node:crypto';
import { bucketId } from '@pilvi/cluster-map';
import type { WriteCondition } from '@pilvi/contracts/index/v1/command';
import type { ObjectRecord, PartRecord, UploadRecord } from '@pilvi/contracts/index/v1/record';
import { type Bucket, type BucketDirectory, type IncomingBody, type ObjectStore, ObjectStoreError } from '@pilvi/object-store';

interface Stored {
  record: ObjectRecord;
  data: Buffer;
}
interface Up {
  upload: UploadRecord;
  bucket: string;
  parts: Map<number, { record: PartRecord; data: Buffer }>;
}
const cmp = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export function createMapStore(): { objects: ObjectStore; buckets: BucketDirectory } {
  const objectsOf = new Map<string, Map<string, Stored>>();
  const uploads = new Map<string, Up>();
  const names = new Map<string, Bucket>();
  const objs = (b: string): Map<string, Stored> => objectsOf.get(b) ?? objectsOf.set(b, new Map()).get(b)!;
  const check = (c: WriteCondition, r: ObjectRecord | undefined): void => {
    const fail = (): never => {
      throw new ObjectStoreError('precondition-failed', 'x', { details: r === undefined ? {} : { etag: r.etag } } as never);
    };
    if (c.ifMatch.length > 0 && (r === undefined || !(c.ifMatch.includes('*') || c.ifMatch.includes(r.etag)))) fail();
    if (c.ifNoneMatch.length > 0 && r !== undefined && (c.ifNoneMatch.includes('*') || c.ifNoneMatch.includes(r.etag))) fail();
    if (c.ifMatchSize >= 0n && r?.sizeBytes !== c.ifMatchSize) fail();
    if (c.ifMatchModifiedMs >= 0n && (r === undefined || r.modifiedMs / 1000n !== c.ifMatchModifiedMs / 1000n)) fail();
  };
  const read = async (body: IncomingBody): Promise<{ data: Buffer; etag: string; checksums: ObjectRecord['checksums'] }> => {
    const pieces: Buffer[] = [];
    for await (const p of body.bytes) pieces.push(p);
    return { data: Buffer.concat(pieces), ...body.finish() };
  };
  const get = (b: string, k: string): Stored => {
    const s = objs(b).get(k);
    if (s === undefined) throw new ObjectStoreError('no-such-key', 'x');
    return s;
  };
  const up = (id: string, b: string, k: string): Up => {
    const u = uploads.get(id);
    if (u === undefined || u.bucket !== b || u.upload.key !== k) throw new ObjectStoreError('no-such-upload', 'x');
    return u;
  };
  const base = { versionId: 'null', layout: undefined, deleteMarker: false };
  const page = <T>(
    all: { key: string; value: T }[],
    q: { prefix: string; delimiter: string; limit: number },
    after: (key: string) => boolean,
  ): { out: { key: string; prefix: boolean; value?: T }[]; truncated: boolean } => {
    const out: { key: string; prefix: boolean; value?: T }[] = [];
    let last = '';
    for (const { key, value } of all) {
      if (!key.startsWith(q.prefix)) continue;
      const at = q.delimiter === '' ? -1 : key.indexOf(q.delimiter, q.prefix.length);
      const name = at === -1 ? key : key.slice(0, at + q.delimiter.length);
      if (at !== -1 && name === last) continue;
      if (!after(name)) continue;
      if (out.length >= q.limit) return { out, truncated: true };
      out.push(at === -1 ? { key, prefix: false, value } : { key: name, prefix: true });
      last = at === -1 ? '' : name;
    }
    return { out, truncated: false };
  };
  const objects: ObjectStore = {
    async putObject({ bucket, key, body, metadata, tags, ownerId, condition }) {
      check(condition, objs(bucket).get(key)?.record);
      const { data, etag, checksums } = await read(body);
      check(condition, objs(bucket).get(key)?.record);
      const record = {
        ...base,
        sizeBytes: BigInt(data.length),
        etag,
        checksums,
        metadata,
        tags,
        ownerId,
        modifiedMs: BigInt(Date.now()),
        parts: [],
      } as unknown as ObjectRecord;
      objs(bucket).set(key, { record, data });
      return record;
    },
    async getObject({ bucket, key }) {
      const { record, data } = get(bucket, key);
      return {
        record,
        open: async function* (s, e) {
          for (let i = s; i < e; i += 1048576) yield data.subarray(i, Math.min(e, i + 1048576));
        },
      };
    },
    async headObject({ bucket, key }) {
      return get(bucket, key).record;
    },
    async deleteObject({ bucket, key, condition }) {
      check(condition, objs(bucket).get(key)?.record);
      objs(bucket).delete(key);
    },
    async putObjectTags({ bucket, key, tags }) {
      const s = get(bucket, key);
      s.record = { ...s.record, tags };
    },
    async list(q) {
      const all = [...objs(q.bucket)].map(([key, value]) => ({ key, value })).sort((a, b) => cmp(a.key, b.key));
      const { out, truncated } = page(all, q, (k) => cmp(k, q.startAfter) > 0);
      return { entries: out.map((o) => ({ key: o.key, commonPrefix: o.prefix, record: o.value?.record })), truncated };
    },
    async createUpload({ bucket, key, upload }) {
      const record = { ...upload, key, uploadId: randomUUID(), initiatedMs: BigInt(Date.now()) };
      uploads.set(record.uploadId, { upload: record, bucket, parts: new Map() });
      return record;
    },
    async getUpload({ bucket, key, uploadId }) {
      return up(uploadId, bucket, key).upload;
    },
    async putPart({ bucket, key, uploadId, partNumber, body }) {
      const u = up(uploadId, bucket, key);
      const { data, etag, checksums } = await read(body);
      const record = {
        number: partNumber,
        sizeBytes: BigInt(data.length),
        etag,
        checksums,
        modifiedMs: BigInt(Date.now()),
        layout: undefined,
      } as PartRecord;
      u.parts.set(partNumber, { record, data });
      return record;
    },
    async listParts({ bucket, key, uploadId, afterNumber, limit }) {
      const u = up(uploadId, bucket, key);
      const all = [...u.parts.values()]
        .map((p) => p.record)
        .sort((a, b) => a.number - b.number)
        .filter((p) => p.number > afterNumber);
      return { upload: u.upload, parts: all.slice(0, limit), truncated: all.length > limit };
    },
    async completeUpload({ bucket, key, uploadId, parts, condition, minPartSizeBytes, expectedSizeBytes }) {
      const u = up(uploadId, bucket, key);
      const chosen = parts.map((p) => {
        const have = u.parts.get(p.number);
        if (have?.record.etag !== p.etag) throw new ObjectStoreError('invalid-part', 'x');
        return have;
      });
      chosen.slice(0, -1).forEach((c) => {
        if (c.data.length < minPartSizeBytes) throw new ObjectStoreError('entity-too-small', 'x');
      });
      check(condition, objs(bucket).get(key)?.record);
      const data = Buffer.concat(chosen.map((c) => c.data));
      if (expectedSizeBytes !== undefined && expectedSizeBytes !== data.length) throw new ObjectStoreError('bad-digest', 'x');
      const h = createHash('md5');
      for (const c of chosen) h.update(c.record.etag, 'hex');
      const record = {
        ...base,
        sizeBytes: BigInt(data.length),
        etag: `${h.digest('hex')}-${chosen.length}`,
        checksums: [],
        metadata: u.upload.metadata,
        tags: u.upload.tags,
        ownerId: u.upload.ownerId,
        modifiedMs: BigInt(Date.now()),
        parts: chosen.map((c) => ({ number: c.record.number, sizeBytes: c.record.sizeBytes, checksums: c.record.checksums })),
      } as unknown as ObjectRecord;
      objs(bucket).set(key, { record, data });
      uploads.delete(uploadId);
      return record;
    },
    async abortUpload({ bucket, key, uploadId }) {
      up(uploadId, bucket, key);
      uploads.delete(uploadId);
    },
    async listUploads(q) {
      const all = [...uploads.values()]
        .filter((u) => u.bucket === q.bucket)
        .map((u) => ({ key: u.upload.key, value: u.upload }))
        .sort((a, b) => cmp(a.key, b.key) || cmp(a.value.uploadId, b.value.uploadId));
      const rest = all.filter(
        (u) =>
          cmp(u.key, q.keyMarker) > 0 || (q.uploadIdMarker !== '' && u.key === q.keyMarker && cmp(u.value.uploadId, q.uploadIdMarker) > 0),
      );
      const { out, truncated } = page(rest, q, (k) => cmp(k, q.keyMarker) >= 0);
      return { entries: out.map((o) => ({ upload: o.value, commonPrefix: o.prefix ? o.key : '' })), truncated };
    },
  };
  const buckets: BucketDirectory = {
    async create({ name, ownerId, region, configuration }) {
      const there = names.get(name);
      if (there !== undefined) throw new ObjectStoreError('bucket-exists', 'x', { details: { ownerId: there.ownerId } } as never);
      const b: Bucket = {
        id: bucketId(randomUUID()),
        name,
        ownerId,
        region,
        createdMs: Date.now(),
        state: 'active',
        configuration: configuration ?? {},
      };
      names.set(name, b);
      return b;
    },
    async get(name) {
      return names.get(name);
    },
    async list({ prefix = '', startAfter = '', limit = 1000 }) {
      const all = [...names.values()]
        .filter((b) => b.name.startsWith(prefix) && b.name > startAfter)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      return { buckets: all.slice(0, limit), truncated: all.length > limit };
    },
    async delete(name) {
      const b = names.get(name);
      if (b === undefined) throw new ObjectStoreError('no-such-bucket', 'x');
      if (objs(b.id).size > 0) throw new ObjectStoreError('bucket-not-empty', 'x');
      names.delete(name);
    },
    async configure(name, document, value) {
      const b = names.get(name);
      if (b === undefined) throw new ObjectStoreError('no-such-bucket', 'x');
      const { [document]: _old, ...rest } = b.configuration;
      const changed = { ...b, configuration: value === undefined ? rest : { ...rest, [document]: value } };
      names.set(name, changed);
      return changed;
    },
  };
  return { objects, buckets };
}
