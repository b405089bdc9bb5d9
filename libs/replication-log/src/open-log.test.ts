import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { createSeededRandom } from '@pilvi/runtime';
import fc from 'fast-check';
import type { ReplicationLogError } from './errors.ts';
import type { ReplicationLog } from './log.ts';
import { createMemoryFileSystem } from './memory-file-system.ts';
import type { MemoryFileSystem } from './memory-file-system.ts';
import { openReplicationLog } from './open-log.ts';
import { SEGMENT_HEADER_BYTES } from './segment-format.ts';

const SEGMENT_BYTES = 8192;

interface Disk {
  readonly fs: MemoryFileSystem;
  open(): Promise<ReplicationLog>;
}

function newDisk(onFatal?: (error: ReplicationLogError) => void): Disk {
  const fs = createMemoryFileSystem();
  const random = createSeededRandom(1);
  return {
    fs,
    open: () =>
      openReplicationLog({
        directory: '/log',
        segmentBytes: SEGMENT_BYTES,
        fileSystem: fs,
        random,
        ...(onFatal === undefined ? {} : { onFatal }),
      }),
  };
}

const bodyOf = (i: number): Buffer => Buffer.alloc(20 + ((i * 37) % 900), i);
const recordOf = (i: number) => ({ kind: 1, partition: i % 7, body: [bodyOf(i).subarray(0, 10), bodyOf(i).subarray(10)] });

/** Appends records `from..to` in batches of three, each synced. */
async function fill(log: ReplicationLog, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i += 3) {
    log.append([i, i + 1, i + 2].filter((n) => n <= to).map(recordOf));
    await log.sync();
  }
}

/** Reads everything and checks that each record is the one of its lsn; returns first and last lsn. */
async function readTrue(log: ReplicationLog): Promise<number[]> {
  const lsns: number[] = [];
  for await (const { lsn, partition, body } of log.replay()) {
    assert.equal(lsn, (lsns.at(-1) ?? lsn - 1) + 1);
    assert.equal(partition, lsn % 7);
    assert.deepEqual(body, bodyOf(lsn));
    lsns.push(lsn);
  }
  return lsns;
}

const segmentsOf = async (fs: MemoryFileSystem): Promise<string[]> =>
  (await fs.list('/log'))
    .filter((name) => name.startsWith('segment'))
    .sort()
    .map((name) => `/log/${name}`);

/** Lets a batch be written but not synced, cuts the power, and loses the one sector in which `lost` stands. */
async function tear(fs: MemoryFileSystem, write: () => void, lost: Buffer): Promise<void> {
  const syncing = Promise.withResolvers<string>();
  fs.onWrite = (operation, path) => {
    if (operation === 'datasync' && fs.bytes(path).includes(lost)) syncing.resolve(path);
    return undefined;
  };
  write();
  const path = await syncing.promise;
  const written = Buffer.from(fs.bytes(path));
  fs.losePower(() => false);
  fs.onWrite = () => undefined;
  const at = written.indexOf(lost) - 32;
  written.fill(0, at, at + 512).copy(fs.bytes(path));
}

for (const [where, firstBytes] of [
  ['in the middle of a segment', 100],
  ['at the beginning of one', SEGMENT_BYTES - SEGMENT_HEADER_BYTES - 64],
] as const) {
  test(`a batch that a power cut tore ${where} is torn, not damaged, and its remains never come back`, async () => {
    const { fs, open } = newDisk();
    let log = await open();
    log.append([{ kind: 1, partition: 0, body: [Buffer.alloc(firstBytes, 1)] }]);
    await log.sync();
    const batch = [2, 3, 4].map((i) => ({ kind: 1, partition: 0, body: [Buffer.alloc(480, i)] }));
    await tear(fs, () => log.append(batch), Buffer.alloc(480, 2));
    // Who is told of it and dies then has not cut it off.
    const onTornTail = (): Promise<void> => Promise.reject(new Error('killed'));
    await assert.rejects(openReplicationLog({ directory: '/log', segmentBytes: SEGMENT_BYTES, fileSystem: fs, onTornTail }), /killed/);
    log = await open();
    assert.deepEqual([log.condition.kind, log.nextLsn], ['torn-tail', 2]);
    // Of the same size as the lost one: were the others still there, they would follow it.
    log.append([{ kind: 1, partition: 0, body: [Buffer.alloc(480, 9)] }]);
    await log.sync();
    await log[Symbol.asyncDispose]();
    log = await open();
    assert.deepEqual([log.condition.kind, log.nextLsn], ['sound', 3]);
  });
}

test('what is reported at a start is on disk, even if the process before had not synced it', async () => {
  const { fs, open } = newDisk();
  let log = await open();
  fs.onWrite = (operation) => {
    if (operation === 'datasync') throw new Error('killed before it');
    return undefined;
  };
  log.append([recordOf(1)]);
  await assert.rejects(log.sync());
  fs.onWrite = () => undefined;
  log = await open();
  assert.equal(log.durableLsn, 1);
  fs.losePower(() => false);
  log = await open();
  assert.deepEqual(await readTrue(log), [1]);
});

test('the newest, the oldest and a middle file deleted: each is said', async () => {
  for (const which of [0, 1, -1]) {
    const { fs, open } = newDisk();
    const log = await open();
    await fill(log, 1, 60);
    await log[Symbol.asyncDispose]();
    await fs.remove((await segmentsOf(fs)).at(which) ?? '');
    const again = await open();
    assert.equal(again.condition.kind, 'damaged', `file ${String(which)}`);
    await readTrue(again);
    assert.throws(() => again.append([recordOf(1)]), { code: 'damaged' });
  }
});

test('the manifest deleted, or a byte of it flipped: said', async () => {
  for (const damage of [
    (fs: MemoryFileSystem) => fs.remove('/log/manifest'),
    async (fs: MemoryFileSystem) => void (fs.bytes('/log/manifest')[40]! ^= 1),
  ]) {
    const { fs, open } = newDisk();
    const log = await open();
    await fill(log, 1, 3);
    await log[Symbol.asyncDispose]();
    await damage(fs);
    assert.equal((await open()).condition.kind, 'damaged');
  }
});

test('a file of another format version is refused', async () => {
  const { fs, open } = newDisk();
  const log = await open();
  await fill(log, 1, 3);
  await log[Symbol.asyncDispose]();
  for (const path of ['/log/manifest', (await segmentsOf(fs))[0] ?? '']) {
    const bytes = fs.bytes(path);
    const before = Buffer.from(bytes);
    bytes.writeUInt32LE(2, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
    await assert.rejects(open(), { name: 'ReplicationLogError', code: 'unknown-format' });
    before.copy(bytes);
  }
  assert.equal((await open()).condition.kind, 'sound');
});

test('files that are no log of this version are refused, never begun anew beside', async () => {
  const { fs, open } = newDisk();
  const file = await fs.open('/log/segment-0000000001a5.log', { create: true });
  await file.write([Buffer.from('PILVILOG and what an older version wrote')], 0);
  await assert.rejects(open(), { name: 'ReplicationLogError', code: 'unknown-format' });
  await fs.remove('/log/segment-0000000001a5.log');
  await fs.open('/log/manifest.tmp', { create: true });
  assert.equal((await open()).condition.kind, 'sound', 'what a crash left before the first rename is nothing');
});

test('the first error ends the log for ever, and is told once', async () => {
  for (const operation of ['write', 'datasync']) {
    const told: ReplicationLogError[] = [];
    const { fs, open } = newDisk((error) => told.push(error));
    const log = await open();
    await fill(log, 1, 6);
    let isFailing = true;
    fs.onWrite = (op) => {
      if (op === operation && isFailing) throw new Error('no space');
      return undefined;
    };
    log.append([recordOf(7)]);
    await assert.rejects(log.sync(), { code: 'write-failed' });
    isFailing = false;
    await assert.rejects(log.sync(), { code: 'write-failed' });
    assert.throws(() => log.append([recordOf(7)]), { code: 'write-failed' });
    assert.equal(log.durableLsn, 6);
    assert.equal(told.length, 1);
    await log[Symbol.asyncDispose]();
    const again = await open();
    const lsns = await readTrue(again);
    assert.ok(lsns.length >= 6);
  }
});

test('writes that take a few bytes at a time', async () => {
  const { fs, open } = newDisk();
  fs.onWrite = () => 100;
  const log = await open();
  await fill(log, 1, 30);
  await log[Symbol.asyncDispose]();
  const again = await open();
  assert.equal((await readTrue(again)).length, 30);
});

test('a record larger than a segment, and one of 64 MiB, come back', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-log-'));
  try {
    const sizes = [10, 3 * SEGMENT_BYTES, 64 * 1024 * 1024, 5];
    {
      await using log = await openReplicationLog({ directory, segmentBytes: SEGMENT_BYTES });
      for (const size of sizes) log.append([{ kind: 1, partition: 0, body: [Buffer.alloc(size, 7)] }]);
      await log.sync();
    }
    const found: number[] = [];
    await using again = await openReplicationLog({ directory, segmentBytes: SEGMENT_BYTES });
    for await (const { body } of again.replay()) found.push(body.length);
    assert.deepEqual([again.condition.kind, found], ['sound', sizes]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('recycled files: the power fails at any time, and what was durable comes back, nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 100 }), async (seed, cutAfter, survival) => {
      const random = createSeededRandom(seed);
      const { fs, open } = newDisk();
      let operations = 0;
      let [acked, appended, trimmed] = [0, 0, 0];
      for (let life = 0; life < 3; life++) {
        operations = 0;
        fs.onWrite = () => {
          if (++operations === cutAfter) throw new Error('the power fails');
          return undefined;
        };
        try {
          const log = await open();
          assert.notEqual(log.condition.kind, 'damaged');
          const lsns = await readTrue(log);
          assert.ok((lsns.at(-1) ?? log.nextLsn - 1) >= acked, `lost ${String(acked)}, found ${String(lsns.at(-1))}`);
          assert.ok((lsns.at(-1) ?? acked) <= Math.max(appended, acked));
          assert.ok((lsns[0] ?? 0) <= trimmed + 1 || lsns.length === 0);
          appended = acked = log.nextLsn - 1;
          for (let round = 0; round < 20; round++) {
            const count = 1 + Math.floor(random.fraction() * 6);
            appended += count;
            log.append(Array.from({ length: count }, (_, i) => recordOf(appended - count + 1 + i)));
            await log.sync();
            acked = appended;
            if (round % 4 === 3) {
              trimmed = Math.max(trimmed, acked - 8);
              await log.trim(trimmed);
            }
          }
        } catch (error) {
          const message = `${String(error)} ${String((error as Error).cause)}`;
          if (!message.includes('the power fails')) throw error;
        }
        fs.onWrite = () => undefined;
        fs.losePower(() => random.fraction() * 100 < survival);
      }
    }),
    { numRuns: 150, examples: [[0, 11, 0]] },
  );
});

test('a byte flipped or a file cut anywhere: a prefix comes back or damage is said, never a wrong record', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), async (file, where, flip, cut) => {
      const { fs, open } = newDisk();
      const log = await open();
      await fill(log, 1, 60);
      await log.trim(20);
      await fill(log, 61, 90);
      await log[Symbol.asyncDispose]();
      const names = (await fs.list('/log')).sort();
      const path = `/log/${names[file % names.length] ?? ''}`;
      const at = where % fs.bytes(path).length;
      if (cut) fs.cut(path, at);
      else fs.bytes(path)[at]! ^= flip;
      const again = await open();
      const lsns = await readTrue(again);
      if (lsns.at(-1) !== 90) assert.notEqual(again.condition.kind, 'sound', `${path} at ${String(at)}: ${String(lsns.at(-1))} of 90`);
      if (again.condition.kind === 'torn-tail') assert.ok((lsns.at(-1) ?? 0) >= 87, 'only the last batch can pass for torn');
    }),
    { numRuns: 300 },
  );
});

test('a segment is written with zeros before it is used', async () => {
  const { fs, open } = newDisk();
  const log = await open();
  const [first] = await segmentsOf(fs);
  assert.equal(fs.bytes(first ?? '').length, SEGMENT_BYTES);
  assert.ok(
    fs
      .bytes(first ?? '')
      .subarray(SEGMENT_HEADER_BYTES)
      .every((b) => b === 0),
  );
  await log[Symbol.asyncDispose]();
});

test('a log in use is read again: damage to anything that it needs is said', async () => {
  const { fs, open } = newDisk();
  await using log = await open();
  await fill(log, 1, 60);
  await log.trim(30);
  assert.equal(await log.verify(), undefined);
  for (const path of ['/log/manifest', ...(await segmentsOf(fs)).slice(0, 2)]) {
    const bytes = fs.bytes(path);
    for (const at of [20, 40]) {
      bytes[at]! ^= 1;
      assert.ok((await log.verify())?.includes(path.slice('/log/'.length)), `${path} at ${String(at)}`);
      bytes[at]! ^= 1;
    }
  }
  const [first] = await segmentsOf(fs);
  fs.bytes(first ?? '')[SEGMENT_HEADER_BYTES + 50]! ^= 1;
  assert.match((await log.verify()) ?? '', /damaged/);
  await log.trim(log.nextLsn);
  assert.equal(await log.verify(), undefined, 'what is trimmed is not missed');
});
