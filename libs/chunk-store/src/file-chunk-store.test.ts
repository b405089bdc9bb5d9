import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { crc32 } from 'node:zlib';
import { silentLogger, systemClock } from '@pilvi/runtime';
import type { ChunkInfo, ChunkStore, ChunkStoreOptions } from './chunk-store.ts';
import { openChunkStore } from './open-chunk-store.ts';

interface Chunk {
  readonly info: ChunkInfo;
  readonly data: Buffer;
}

function makeChunk(tick: number, sizeBytes = 50_000): Chunk {
  const id = Buffer.alloc(16, 7);
  id.writeBigUInt64BE(BigInt(tick), 0);
  const data = randomBytes(sizeBytes);
  return { info: { id, owner: randomBytes(16), partition: 5, sizeBytes, crc32: crc32(data) }, data };
}

interface Lab {
  readonly directory: string;
  readonly fatal: Error[];
  open(options?: Partial<ChunkStoreOptions>): Promise<ChunkStore>;
  /** Every file of a chunk. */
  files(): Promise<string[]>;
}

async function lab(t: TestContext): Promise<Lab> {
  const parent = await mkdtemp(join(tmpdir(), 'pilvi-chunk-files-'));
  t.after(() => rm(parent, { recursive: true, force: true }));
  const directory = join(parent, 'chunks');
  const fatal: Error[] = [];
  return {
    directory,
    fatal,
    open: (options = {}) => {
      const onFatal = (error: Error): void => void fatal.push(error);
      return openChunkStore({ directory, clock: systemClock, log: silentLogger, onFatal, ...options });
    },
    async files() {
      const names = await readdir(directory, { recursive: true });
      return names.filter((name) => /^[0-9a-f]{2}\/[0-9a-f]{32}$/.test(name)).map((name) => join(directory, name));
    },
  };
}

const putAll = (store: ChunkStore, chunks: readonly Chunk[]): Promise<unknown> =>
  Promise.all(chunks.map((chunk) => store.put(chunk.info, chunk.data)));

test('chunks are there after a restart, and what they take is known', async (t) => {
  const { open } = await lab(t);
  const chunks = Array.from({ length: 30 }, (_, i) => makeChunk(i * 1_000));
  {
    await using store = await open();
    assert.deepEqual([store.condition, store.liveBytes], ['sound', 0]);
    await putAll(store, chunks);
  }
  await using store = await open();
  assert.equal(store.condition, 'sound');
  assert.ok(store.liveBytes > 0, 'some are counted before it opens');
  for (const { info, data } of chunks) assert.deepEqual(await store.get(info.id), { data, info });
  await store.delete(chunks.map(({ info }) => info.id));
  assert.ok(store.liveBytes < 50_000);
});

test('a deleted chunk leaves no file', async (t) => {
  const { open, files } = await lab(t);
  await using store = await open();
  const chunks = [makeChunk(1), makeChunk(2), makeChunk(3)];
  await putAll(store, chunks);
  assert.equal((await files()).length, 3);
  await store.delete([chunks[0]!.info.id, makeChunk(99).info.id, chunks[2]!.info.id]);
  assert.equal((await files()).length, 1);
});

test('a chunk longer than the usual ones is stored as well, and what is deleted is counted as it was stored', async (t) => {
  const { open } = await lab(t);
  await using store = await open();
  const chunks = [makeChunk(1, 3 * 1024 * 1024 + 1), makeChunk(2, 1024 * 1024), makeChunk(3, 1)];
  await putAll(store, chunks);
  for (const { info, data } of chunks) assert.deepEqual((await store.get(info.id)).data, data);
  await store.delete(chunks.map(({ info }) => info.id));
  assert.equal(store.liveBytes, 0);
});

test('what a kill left of a file is replaced, and so is a damaged one, whoever reads meanwhile', async (t) => {
  const { open, files } = await lab(t);
  const chunk = makeChunk(1);
  {
    await using store = await open();
    await store.put(chunk.info, chunk.data);
  }
  const [file] = await files();
  await writeFile(file!, (await readFile(file!)).subarray(0, 1_000));
  await using store = await open();
  await assert.rejects(store.get(chunk.info.id), { code: 'damaged' });
  await Promise.all([store.put(chunk.info, chunk.data), store.put(chunk.info, chunk.data)]);
  assert.deepEqual((await store.get(chunk.info.id)).data, chunk.data);
  const reads = Array.from({ length: 20 }, () => store.get(chunk.info.id));
  await Promise.all([store.put(chunk.info, chunk.data), ...reads]);
  assert.equal((await files()).length, 1);
});

test('a directory that was lost is made again, and the loss is told', async (t) => {
  const { directory, open, files } = await lab(t);
  const chunks = Array.from({ length: 5 }, (_, i) => makeChunk(i));
  {
    await using store = await open();
    await putAll(store, chunks);
  }
  await rm(join((await files())[0]!, '..'), { recursive: true });
  await rm(join(directory, 'format'));
  await using store = await open();
  assert.equal(store.condition, 'repaired');
  const found = await Promise.allSettled(chunks.map(({ info }) => store.get(info.id)));
  assert.ok(found.some((f) => f.status === 'rejected'));
  await putAll(store, chunks);
  for (const { info, data } of chunks) assert.deepEqual((await store.get(info.id)).data, data);
  assert.ok(await store.isThere());
  await rm(directory, { recursive: true });
  assert.ok(!(await store.isThere()));
});

test('the first write that fails is told, and ends all writing (D5)', async (t) => {
  const { directory, open, fatal } = await lab(t);
  await using store = await open();
  await rm(directory, { recursive: true });
  const { info, data } = makeChunk(3);
  await assert.rejects(store.put(info, data), { code: 'write-failed' });
  await assert.rejects(store.delete([info.id]), { code: 'write-failed' });
  assert.equal(fatal.length, 1);
});

test('a form of a later version is refused, and a damaged word of it is written again', async (t) => {
  const { directory, open } = await lab(t);
  await (await open())[Symbol.asyncDispose]();
  const path = join(directory, 'format');
  const written = await readFile(path, 'utf8');
  const later = 'pilvi chunk files 3';
  await writeFile(path, `${later} ${crc32(later).toString(16)}\n`);
  await assert.rejects(open(), { code: 'format-version' });
  await writeFile(path, written.replace('2', '4'));
  await (await open())[Symbol.asyncDispose]();
  assert.equal(await readFile(path, 'utf8'), written);
  const before = 'pilvi chunk files 1';
  await writeFile(path, `${before} ${crc32(before).toString(16)}\n`);
  await (await open())[Symbol.asyncDispose]();
  assert.equal(await readFile(path, 'utf8'), written);
});

test('what is stored stays in its engine', async (t) => {
  const { directory, open } = await lab(t);
  const chunk = makeChunk(1);
  {
    await using store = await open({ engine: 'leveldb' });
    await store.put(chunk.info, chunk.data);
  }
  await using store = await open();
  assert.deepEqual((await store.get(chunk.info.id)).data, chunk.data);
  await stat(join(directory, 'CURRENT'));
});
