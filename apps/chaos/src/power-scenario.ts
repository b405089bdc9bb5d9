import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient } from './client.ts';
import { killPid, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { Ledger } from './ledger.ts';
import { emptyResult, readDigest, runClient } from './workload.ts';

const run = promisify(execFile);

const BUCKET = 'power';
const PARTS = ['gateway-1', 'storage-1', 'storage-2', 'storage-3'];
const UNMOUNT_TRIES = 50;
const IMAGE_BYTES = 1024 * 1024 * 1024;

export interface PowerReport {
  readonly cuts: number;
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly unreadable: readonly string[];
}

/**
 * Power cuts: each process's data lies on a small ext4 of its own, loop-mounted from a file, with a commit interval so long that nothing reaches the
 * file but what was fsynced. At one instant all processes are stopped (SIGSTOP), the image files copied, and the cluster starts from the copies.
 */
export async function powerScenario(options: {
  times: number;
  onProgress?: (text: string) => void;
  env?: Record<string, string>;
}): Promise<PowerReport> {
  const root = await mkdtemp(join(tmpdir(), 'pilvi-power-'));
  const ledger = new Ledger();
  const lost: string[] = [];
  const unreadable: string[] = [];
  let generation = 0;
  let acknowledged = 0;
  try {
    await prepare(root);
    for (let cut = 0; cut < options.times; cut++) {
      await using disks = await mountAll(root, generation);
      const cluster = await startCluster({ dataDir: disks.dataDir, ...(options.env === undefined ? {} : { env: options.env }) });
      await verify(cluster, ledger, lost, unreadable);
      acknowledged += await loadAndCut(cluster, ledger, root, generation);
      generation++;
      options.onProgress?.(
        `cut ${String(cut + 1)} of ${String(options.times)}: ${String(acknowledged)} writes acknowledged, ${String(lost.length)} lost`,
      );
    }
    await using disks = await mountAll(root, generation);
    await using cluster = await startCluster({ dataDir: disks.dataDir });
    await verify(cluster, ledger, lost, unreadable);
  } catch (error) {
    options.onProgress?.(String(error));
    throw error;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return { cuts: options.times, acknowledged, lost, unreadable };
}

/** Loads the cluster, then stops everything at once, copies the images and kills. */
async function loadAndCut(cluster: Cluster, ledger: Ledger, root: string, generation: number): Promise<number> {
  const before = ledger.acknowledgements;
  const client = createClient(cluster, { maxAttempts: 1, timeoutMs: 3_000 });
  const stop = new AbortController();
  const result = emptyResult();
  const running = Array.from({ length: 6 }, (_, id) => runClient(client, { bucket: BUCKET, id, ledger, result, signal: stop.signal }));
  await sleep(randomInt(500, 2_500));
  const pids = await cluster.pids();
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  // Acknowledgements that were on their way to the client before the cut are read by it during the copy: they count.
  await Promise.all(
    PARTS.map((part) => copyFile(imageOf(root, generation, part), imageOf(root, generation + 1, part), constants.COPYFILE_FICLONE)),
  );
  stop.abort();
  for (const pid of pids) killPid(pid);
  await Promise.all(running);
  while ((await cluster.pids()).some(isAlive)) await sleep(20);
  client.destroy();
  return ledger.acknowledgements - before;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function verify(cluster: Cluster, ledger: Ledger, lost: string[], unreadable: string[]): Promise<void> {
  const client = createClient(cluster, { maxAttempts: 8, timeoutMs: 20_000 });
  for (const key of ledger.keys()) {
    const found = await readDigest(client, BUCKET, key);
    if (found.failed !== undefined) unreadable.push(`${key}: ${found.failed}`);
    else {
      const wrong = ledger.check(key, found.digest);
      if (wrong !== undefined) lost.push(wrong);
    }
  }
  client.destroy();
}

/** A cluster made in plain directories, whose parts are then moved into the images of generation 0. */
async function prepare(root: string): Promise<void> {
  const dataDir = join(root, 'data--1');
  const cluster = await startCluster({ dataDir });
  const client = createClient(cluster, { maxAttempts: 8, timeoutMs: 20_000 });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
  await cluster.stop();
  const mountPoint = join(root, 'mnt');
  await mkdir(mountPoint);
  for (const part of PARTS) {
    const image = imageOf(root, 0, part);
    await makeImage(image);
    await run('mount', ['-o', 'loop', image, mountPoint]);
    await run('rm', ['-rf', join(mountPoint, 'lost+found')]);
    await run('cp', ['-a', `${join(dataDir, part)}/.`, mountPoint]);
    await run('umount', [mountPoint]);
    await rm(join(dataDir, part), { recursive: true });
  }
}

function imageOf(root: string, generation: number, part: string): string {
  return join(root, `${part}.${String(generation)}.img`);
}

async function makeImage(file: string): Promise<void> {
  await run('truncate', ['-s', String(IMAGE_BYTES), file]);
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', file]);
}

/** Mounts every part of one generation under one data directory; disposal unmounts and deletes the images. */
async function mountAll(root: string, generation: number): Promise<AsyncDisposable & { readonly dataDir: string }> {
  const dataDir = join(root, `data-${String(generation)}`);
  await mkdir(dataDir, { mode: 0o700 });
  // Settings that are no process's own (keys, format) lie outside the images and are carried over.
  const previous = join(root, `data-${String(generation - 1)}`);
  await run('sh', ['-c', `[ -d "$0" ] && cp -a "$0"/. "$1"/ || true`, previous, dataDir]);
  for (const part of PARTS) {
    await mkdir(join(dataDir, part), { recursive: true, mode: 0o700 });
    await run('mount', ['-o', 'loop,commit=60,noatime', imageOf(root, generation, part), join(dataDir, part)]);
    await run('rm', ['-rf', join(dataDir, part, 'lost+found')]);
  }
  return {
    dataDir,
    async [Symbol.asyncDispose]() {
      for (const part of PARTS) {
        await unmount(join(dataDir, part));
        await rm(imageOf(root, generation, part), { force: true });
      }
    },
  };
}

/** A process that was just killed may hold its files a moment longer. */
async function unmount(mountPoint: string): Promise<void> {
  for (let tries = 0; tries < UNMOUNT_TRIES; tries++) {
    const done = await run('umount', [mountPoint]).then(
      () => true,
      () => false,
    );
    if (done) return;
    await sleep(100);
  }
  throw new Error(`${mountPoint} stays busy`);
}
