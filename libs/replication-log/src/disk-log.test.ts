import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { openReplicationLog } from './disk-log.ts';
import type { ReplicationLog } from './log.ts';

const SEGMENT_BYTES = 4096;

async function temporary(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-log-'));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const open = (directory: string): Promise<ReplicationLog> => openReplicationLog({ directory, segmentBytes: SEGMENT_BYTES });
const bodyOf = (i: number): Buffer => Buffer.alloc(50 + ((i * 37) % 400), i);

async function fill(directory: string, from: number, count: number): Promise<void> {
  await using log = await open(directory);
  for (let i = from; i < from + count; i++) {
    log.append([{ kind: 1, partition: i % 7, body: [bodyOf(i).subarray(0, 10), bodyOf(i).subarray(10)] }]);
    if (i % 3 === 0) await log.sync();
  }
  await log.sync();
}

async function read(log: ReplicationLog): Promise<{ lsn: number; partition: number; body: Buffer }[]> {
  const records = [];
  for await (const record of log.replay()) records.push({ lsn: record.lsn, partition: record.partition, body: Buffer.from(record.body) });
  return records;
}

test('what was synced is replayed in order over several segments and restarts', () =>
  temporary(async (directory) => {
    await fill(directory, 1, 40);
    await fill(directory, 41, 40);
    await using log = await open(directory);
    const records = await read(log);
    assert.equal(log.condition.kind, 'sound');
    assert.deepEqual(
      records,
      Array.from({ length: 80 }, (_, i) => ({ lsn: i + 1, partition: (i + 1) % 7, body: bodyOf(i + 1) })),
    );
  }));

test('a record larger than a segment has one of its own', () =>
  temporary(async (directory) => {
    {
      await using log = await open(directory);
      log.append([
        { kind: 1, partition: 0, body: [Buffer.alloc(20_000, 1)] },
        { kind: 2, partition: 0, body: [Buffer.from('after')] },
      ]);
      await log.sync();
    }
    await using log = await open(directory);
    assert.deepEqual(
      (await read(log)).map((r) => r.body.length),
      [20_000, 5],
    );
  }));

test('trimmed segments are recycled, and what they held is never read again', () =>
  temporary(async (directory) => {
    {
      await using log = await open(directory);
      for (let round = 0; round < 20; round++) {
        for (let i = 0; i < 10; i++) log.append([{ kind: 1, partition: 0, body: [bodyOf(round * 10 + i)] }]);
        await log.sync();
        await log.trim(log.nextLsn - 5);
      }
      assert.ok((await readdir(directory)).length <= 5);
    }
    await using log = await open(directory);
    const records = await read(log);
    assert.equal(log.condition.kind, 'sound');
    assert.equal(records.at(-1)?.lsn, 200);
    for (const record of records) assert.deepEqual(record.body, bodyOf(record.lsn - 1));
  }));

test('a missing segment, and a damaged one in the middle, are said', () =>
  temporary(async (directory) => {
    await fill(directory, 1, 60);
    const segments = (await readdir(directory)).filter((n) => n.startsWith('segment-')).sort();
    await rm(join(directory, segments[1] ?? ''));
    const log = await open(directory);
    assert.equal(log.condition.kind, 'damaged');
  }));

test('a byte flipped or the file cut anywhere: a prefix comes back or damage is said, never a wrong record', () =>
  fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (where, cut) =>
      temporary(async (directory) => {
        await fill(directory, 1, 30);
        const names = (await readdir(directory)).filter((n) => n.startsWith('segment-')).sort();
        const name = names[Math.floor(where * names.length * 0.999)] ?? '';
        const bytes = await readFile(join(directory, name));
        const at = Math.floor(where * (bytes.length - 1));
        bytes[at] = (bytes[at] ?? 0) ^ 0x41;
        await writeFile(join(directory, name), cut ? Buffer.concat([bytes.subarray(0, at), Buffer.alloc(bytes.length - at)]) : bytes);
        const log = await openReplicationLog({ directory, segmentBytes: SEGMENT_BYTES }).catch(() => undefined);
        if (log === undefined) return;
        const records = await read(log);
        records.forEach((record, i) => {
          assert.equal(record.lsn, i + 1);
          assert.deepEqual(record.body, bodyOf(i + 1));
        });
        if (records.length < 30 && !cut && name !== names.at(-1)) assert.equal(log.condition.kind, 'damaged');
        if (log.condition.kind !== 'damaged') await log[Symbol.asyncDispose]();
      }),
    ),
    { numRuns: 60 },
  ));
