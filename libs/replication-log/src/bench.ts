import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReplicationLog } from './open-log.ts';

/** How many records a second concurrent appenders get through, each waiting for its own sync: `node src/bench.ts [appenders] [bytes] [seconds]`. */
const [appenders = 64, bytes = 4096, seconds = 5] = process.argv.slice(2).map(Number);

const directory = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'pilvi-log-bench-'));
try {
  await using log = await openReplicationLog({ directory });
  const body = [Buffer.alloc(bytes, 7)];
  const endMs = performance.now() + seconds * 1_000;
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  let count = 0;
  let worstMs = 0;
  const append = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const beganMs = performance.now();
      log.append([{ kind: 1, partition: 0, body }]);
      await log.sync();
      worstMs = Math.max(worstMs, performance.now() - beganMs);
      count++;
    }
  };
  const trimmer = setInterval(() => {
    void log.trim(log.nextLsn - 10_000);
  }, 500);
  await Promise.all(Array.from({ length: appenders }, append));
  clearInterval(trimmer);
  const tookSeconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      appenders,
      bytes,
      recordsPerSecond: Math.round(count / tookSeconds),
      mebibytesPerSecond: Math.round((count * bytes) / tookSeconds / 1_048_576),
      worstMs: Math.round(worstMs),
      cpuMicrosecondsPerRecord: Math.round((user + system) / count),
    }),
  );
} finally {
  await rm(directory, { recursive: true });
}
