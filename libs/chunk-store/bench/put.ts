// Puts and gets of 1 MiB chunks, as many at a time as a busy node sees:
//   node libs/chunk-store/bench/put.ts [MiB] [concurrency] [files or leveldb]
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { createLogger, systemClock } from '@pilvi/runtime';
import { openChunkStore } from '../src/index.ts';

const CHUNK_BYTES = 1024 * 1024;
const count = Number(process.argv[2] ?? 512);
const concurrency = Number(process.argv[3] ?? 8);
const engine = process.argv[4] === 'leveldb' ? 'leveldb' : 'files';

const directory = await mkdtemp(join(process.cwd(), '.bench-chunks-'));
const data = randomBytes(CHUNK_BYTES);
const owner = randomBytes(16);
const sum = crc32(data);

function idOf(tick: number): Buffer {
  const id = Buffer.alloc(16, 1);
  id.writeBigUInt64BE(BigInt(tick), 0);
  return id;
}

async function measure(what: string, one: (i: number) => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  let next = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < count) await one(next++);
    }),
  );
  const tookMs = performance.now() - startedMs;
  const used = process.cpuUsage(cpu);
  const rssMiB = process.memoryUsage().rss / CHUNK_BYTES;
  console.log(
    `${what}: ${((count / tookMs) * 1000).toFixed(0)} MiB/s, ${((used.user + used.system) / 1000 / count).toFixed(2)} ms of CPU per MiB, RSS ${rssMiB.toFixed(0)} MiB`,
  );
}

const onFatal = (error: Error): void => {
  throw error;
};
{
  await using store = await openChunkStore({
    directory: join(directory, 'chunks'),
    engine,
    clock: systemClock,
    log: createLogger({ name: 'bench', level: 'warn' }),
    onFatal,
  });
  await measure('put', (i) => store.put({ id: idOf(i), owner, partition: i % 128, sizeBytes: CHUNK_BYTES, crc32: sum }, data));
  await measure('get', (i) => store.get(idOf((i * 7919) % count)));
  const ids = Array.from({ length: count / 2 }, (_, i) => idOf(i));
  const startedMs = performance.now();
  await store.delete(ids);
  console.log(
    `delete of ${String(ids.length)} chunks: ${(performance.now() - startedMs).toFixed(0)} ms, ${(store.liveBytes / CHUNK_BYTES).toFixed(0)} MiB left`,
  );
}
await rm(directory, { recursive: true, force: true });
