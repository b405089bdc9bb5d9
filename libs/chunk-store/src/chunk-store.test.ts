import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { silentLogger, systemClock } from '@pilvi/runtime';
import type { ChunkInfo, ChunkStore } from './chunk-store.ts';
import { ChunkStoreError } from './errors.ts';
import { openFileChunkStore } from './file-chunk-store.ts';
import { openLevelDbChunkStore } from './leveldb-chunk-store.ts';
import { createMemoryChunkStore } from './memory-chunk-store.ts';
import { BLOCK_BYTES, decodeChunk, encodeChunk } from './stored-chunk.ts';

const MIB = 1024 * 1024;

function chunk(tick: number, sizeBytes = 1000): { info: ChunkInfo; data: Buffer } {
  const id = Buffer.alloc(16, 7);
  id.writeBigUInt64BE(BigInt(tick), 0);
  const data = randomBytes(sizeBytes);
  return { info: { id, owner: randomBytes(16), partition: 5, sizeBytes, crc32: crc32(data) }, data };
}

function withCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ChunkStoreError && error.code === code;
}

async function temporaryDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'pilvi-chunks-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const open = (directory: string) =>
  openLevelDbChunkStore({
    directory,
    clock: systemClock,
    log: silentLogger,
    onFatal: (error) => {
      throw error;
    },
  });

const implementations: Record<string, (directory: string) => Promise<ChunkStore>> = {
  'in memory': () => Promise.resolve(createMemoryChunkStore()),
  'in LevelDB': open,
  'in files': (directory) => openFileChunkStore({ directory, clock: systemClock, log: silentLogger, onFatal: assert.ifError }),
};

for (const [name, make] of Object.entries(implementations)) {
  describe(`a chunk store ${name}`, () => {
    it('gives back what was put, replaces, and forgets what was deleted', async () => {
      await using dir = await temporaryDirectory();
      await using store = await make(join(dir.path, 'chunks'));
      const chunks = Array.from({ length: 40 }, (_, i) => chunk(i, i * 100));
      await Promise.all(chunks.map((c) => store.put(c.info, c.data)));
      for (const c of chunks) assert.deepEqual(await store.get(c.info.id), { data: c.data, info: c.info });
      const [first, second] = chunks as [(typeof chunks)[0], (typeof chunks)[0]];
      await store.put(first.info, first.data);
      await store.delete([second.info.id, chunk(999).info.id]);
      await assert.rejects(store.get(second.info.id), withCode('not-found'));
      assert.deepEqual((await store.get(first.info.id)).data, first.data);
      assert.ok(store.liveBytes > 0);
    });

    it('refuses bytes that do not have the checksum or the length named', async () => {
      await using dir = await temporaryDirectory();
      await using store = await make(join(dir.path, 'chunks'));
      const { info, data } = chunk(1);
      await assert.rejects(store.put({ ...info, crc32: info.crc32 ^ 1 }, data), withCode('bad-checksum'));
      await assert.rejects(store.put({ ...info, sizeBytes: 1 }, data), withCode('bad-checksum'));
      await assert.rejects(store.get(info.id), withCode('not-found'));
    });
  });
}

describe('a stored chunk', () => {
  it('is damaged by any flipped bit, and in any other place', () => {
    const { info, data } = chunk(3, 60);
    const value = encodeChunk(info, data);
    for (let bit = 0; bit < value.length * 8; bit++) {
      const flipped = Buffer.from(value);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => decodeChunk(info.id, flipped), withCode('damaged'), `bit ${String(bit)}`);
    }
    assert.throws(() => decodeChunk(chunk(4).info.id, value), withCode('damaged'));
    assert.throws(() => decodeChunk(info.id, value.subarray(0, -1)), withCode('damaged'));
  });

  it('may be filled up to a whole block, with zeros', () => {
    const { info, data } = chunk(3, 60);
    const value = encodeChunk(info, data);
    const filled = Buffer.concat([value], BLOCK_BYTES);
    assert.deepEqual(decodeChunk(info.id, filled), { data, info });
    for (const at of [value.length, BLOCK_BYTES - 1]) {
      const flipped = Buffer.from(filled);
      flipped[at] = 1;
      assert.throws(() => decodeChunk(info.id, flipped), withCode('damaged'));
    }
    assert.throws(() => decodeChunk(info.id, Buffer.concat([value], value.length + BLOCK_BYTES)), withCode('damaged'));
  });

  it('is read in its first format, too, which told no length', () => {
    const { info, data } = chunk(3, 60);
    const value = encodeChunk(info, data);
    const first = Buffer.concat([value.subarray(0, 43), data]);
    first[0] = 1;
    first.writeUInt32BE(crc32(first.subarray(5, 43)), 1);
    assert.deepEqual(decodeChunk(info.id, first), { data, info });
    first[first.length - 1]! ^= 1;
    assert.throws(() => decodeChunk(info.id, first), withCode('damaged'));
  });
});

describe('the chunk database', () => {
  it('keeps its chunks over a restart', async () => {
    await using dir = await temporaryDirectory();
    const directory = join(dir.path, 'chunks');
    const kept = chunk(1, MIB);
    {
      await using store = await open(directory);
      await store.put(kept.info, kept.data);
    }
    await using store = await open(directory);
    assert.equal(store.condition, 'sound');
    assert.deepEqual(await store.get(kept.info.id), { data: kept.data, info: kept.info });
  });

  it('gives space back to the file system, also after a restart', async () => {
    await using dir = await temporaryDirectory();
    const directory = join(dir.path, 'chunks');
    const chunks = Array.from({ length: 120 }, (_, i) => chunk(i, MIB));
    {
      await using store = await open(directory);
      await Promise.all(chunks.map((c) => store.put(c.info, c.data)));
      assert.ok(diskBytes(directory) > 110 * MIB);
      await store.delete(chunks.slice(0, 50).map((c) => c.info.id));
      await store.reclaimNow();
      assert.ok(diskBytes(directory) < 100 * MIB, `${String(diskBytes(directory) / MIB)} MiB left`);
      await store.delete(chunks.slice(50, 115).map((c) => c.info.id));
    }
    await using store = await open(directory);
    await store.reclaimNow();
    assert.ok(diskBytes(directory) < 30 * MIB, `${String(diskBytes(directory) / MIB)} MiB left`);
    for (const c of chunks.slice(115)) assert.deepEqual((await store.get(c.info.id)).data, c.data);
    assert.ok(store.liveBytes < 30 * MIB);
  });

  it('repairs a database that lost its CURRENT, rather than begin a new one over it', async () => {
    await using dir = await temporaryDirectory();
    const directory = join(dir.path, 'chunks');
    const kept = chunk(1);
    {
      await using store = await open(directory);
      await store.put(kept.info, kept.data);
    }
    await rm(join(directory, 'CURRENT'));
    await using store = await open(directory);
    assert.equal(store.condition, 'repaired');
    assert.deepEqual(await store.get(kept.info.id), { data: kept.data, info: kept.info });
  });

  it('finds a flipped byte of a table, and opens when files are damaged or gone', async () => {
    await using dir = await temporaryDirectory();
    const directory = join(dir.path, 'chunks');
    const chunks = Array.from({ length: 60 }, (_, i) => chunk(i, MIB));
    {
      await using store = await open(directory);
      await Promise.all(chunks.map((c) => store.put(c.info, c.data)));
    }
    const files = await readdir(directory);
    const table = join(directory, files.find((f) => f.endsWith('.ldb')) ?? '');
    const bytes = await readFile(table);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
    await writeFile(table, bytes);
    {
      await using store = await open(directory);
      const answers = await Promise.allSettled(chunks.map((c) => store.get(c.info.id)));
      const bad = answers.filter((a) => a.status === 'rejected');
      assert.equal(bad.length, 1);
      assert.ok(bad.every((a) => withCode('damaged')(a.reason)));
    }
    await rm(table);
    {
      await using store = await open(directory);
      assert.equal(store.condition, 'repaired');
      const answers = await Promise.allSettled(chunks.map((c) => store.get(c.info.id)));
      assert.ok(
        answers.some((a) => a.status === 'fulfilled'),
        'the other tables are still read',
      );
      assert.ok(answers.every((a) => a.status === 'fulfilled' || withCode('not-found')(a.reason)));
    }
    for (const name of await readdir(directory)) if (!name.endsWith('.ldb')) await writeFile(join(directory, name), 'nonsense');
    await using store = await open(directory);
    assert.notEqual(store.condition, 'sound');
    const again = chunk(1000);
    await store.put(again.info, again.data);
    assert.deepEqual((await store.get(again.info.id)).data, again.data);
  });
});

function diskBytes(directory: string): number {
  return Number(execFileSync('du', ['-sk', directory]).toString().split('\t')[0]) * 1024;
}
