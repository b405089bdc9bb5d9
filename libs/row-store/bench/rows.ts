// Applies entries of 4 KiB inline objects to the row store, reads them back and lists them:
//   node libs/row-store/bench/rows.ts [objects] [inline bytes]
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { partitionId } from '@pilvi/cluster-map';
import type { IndexCommand } from '@pilvi/contracts/index/v1/command';
import { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import { decodeEntry, encodeEntry, evaluate, listObjects, read } from '@pilvi/object-index';
import { openRowStore } from '../src/index.ts';

const objects = Number(process.argv[2] ?? 20_000);
const inlineBytes = Number(process.argv[3] ?? 4096);
const PARTITIONS = 43;
const BUCKET = 'bucket-0123456789abcdef';
const placement = { replicas: [{ incarnation: 'n1', zone: 'a' }], minCopies: 1, minZones: 1 };
const data = randomBytes(inlineBytes);
const dir = await mkdtemp(join(process.cwd(), '.bench-rows-'));

const keyOf = (i: number): string => `dir-${String((i * 7919) % 1000).padStart(4, '0')}/file-${String(i).padStart(8, '0')}.txt`;
const partitionOf = (i: number) => partitionId((i * 31) % PARTITIONS);

function put(i: number): IndexCommand {
  const record = ObjectRecord.fromPartial({
    versionId: 'null',
    sizeBytes: BigInt(inlineBytes),
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    ownerId: 'a'.repeat(64),
    metadata: { headers: [{ name: 'content-type', value: 'application/octet-stream' }], user: [] },
    checksums: [{ algorithm: 1, value: 'AAAAAA==', composite: false }],
    layout: { kind: { $case: 'inline', value: { crc32: 1 } } },
  });
  return {
    op: {
      $case: 'putObject',
      value: { bucketId: BUCKET, key: keyOf(i), condition: undefined, record, inlineData: data, intentId: Buffer.alloc(0) },
    },
  };
}

async function measure(what: string, count: number, run: () => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  await run();
  const tookMs = performance.now() - startedMs;
  const used = process.cpuUsage(cpu);
  console.log(
    `${what}: ${((count / tookMs) * 1000).toFixed(0)}/s, ${((used.user + used.system) / count).toFixed(1)} us of CPU each, ${tookMs.toFixed(1)} ms, RSS ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  );
}

{
  await using rows = await openRowStore({
    directory: join(dir, 'rows'),
    onFatal: (error) => {
      throw error;
    },
  });
  const seqs = new Map<number, number>();
  let evaluateMs = 0;
  let decodeMs = 0;
  await measure('put as a primary (evaluate, encode, stage, apply, write)', objects, async () => {
    for (let i = 0; i < objects; i++) {
      const partition = partitionOf(i);
      const seq = (seqs.get(partition) ?? 0) + 1;
      seqs.set(partition, seq);
      const t0 = performance.now();
      const evaluation = evaluate({ view: rows.pending, partition, nowMs: 1_700_000_000_000 + i, placement }, put(i));
      const entry = encodeEntry({ partition, requestId: randomBytes(16), nowMs: 1_700_000_000_000 + i, evaluation });
      const t1 = performance.now();
      decodeEntry(entry.body);
      decodeMs += performance.now() - t1;
      evaluateMs += t1 - t0;
      rows.stage(partition, seq, entry);
      rows.apply(partition, seq, rows.takeStaged(partition, seq) ?? entry);
      if (i % 16 === 15) await rows.flushed();
    }
    await rows.flushed();
  });
  console.log(
    `  of which evaluate and encode ${((evaluateMs / objects) * 1000).toFixed(1)} us; a secondary's decode ${((decodeMs / objects) * 1000).toFixed(1)} us`,
  );
  await measure('checkpoint', 1, async () => void (await rows.checkpoint(() => ({ epoch: 1, hash: 1 }))));
  const readAll = async (): Promise<void> => {
    for (let i = 0; i < objects; i++) {
      const at = (i * 104_729) % objects;
      read(
        { view: rows.committed, partition: partitionOf(at) },
        { op: { $case: 'getObject', value: { bucketId: BUCKET, key: keyOf(at), head: false } } },
      );
      if (i % 64 === 0) await new Promise((r) => setImmediate(r));
    }
  };
  await measure('get', objects, readAll);
  const partitions = Array.from({ length: PARTITIONS }, (_, i) => partitionId(i));
  const list = (query: object) =>
    listObjects(partitions, { bucketId: BUCKET, prefix: '', delimiter: '', startAfter: '', limit: 1000, ...query }, (range) =>
      rows.cursor(range),
    );
  const lists = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await list({ startAfter: `dir-0${String(i % 10)}` });
  };
  await measure('list of 1,000 keys, cold', 1, () => lists(1));
  await lists(20);
  await measure('list of 1,000 keys, warm', 40, () => lists(40));
  await measure('list of 1,000 common prefixes', 1, async () => {
    await list({ delimiter: '/' });
  });
  await measure('scrub of all', objects, async () => {
    for (const p of partitions) {
      const report = await rows.scrub(p, () => Promise.resolve());
      if (report === undefined || report.digest !== report.expectedDigest) throw new Error('digest');
    }
  });
  console.log(`${((await rows.approximateBytes()) / 2 ** 20).toFixed(0)} MiB on disk`);
}
await rm(dir, { recursive: true, force: true });
