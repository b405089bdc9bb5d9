import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, emptyResult, Ledger, readBack, runClient } from '@pilvi/workload';
import { untilCheckpoint } from './checkpoint-watch.ts';
import { endAtOnce, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { PowerDisks } from './power-disks.ts';
import { sabotageEnvironment } from './sabotage/node-options.ts';
import type { Sabotage } from './sabotage/node-options.ts';

const BUCKET = 'power';
const CLIENTS = 8;
/** Mostly inline: rows and log are what a cut hurts. */
const SIZES = [1_000, 4_096, 30_000, 30_000, 30_000, 100_000, 1_500_000];
/** Loads so long before a cut. */
const LOAD_MS = [1_500, 5_000] as const;
const CHECKPOINT_BOUND_MS = 10_000;

/** Checkpoints and log trims come as often as they can, so that a cut falls near one (D3). Else they are rare, and a cut finds all in the log (D1). */
const OFTEN = { PILVI_CHECKPOINT_EVERY_MS: '0', PILVI_LOG_LEVEL: 'debug' };

export interface PowerOptions {
  readonly times: number;
  readonly sabotage?: Sabotage;
  /** How checkpoints are made; in turn, when not given. */
  readonly checkpoints?: 'often' | 'rare';
  /** Ends at the first loss. */
  readonly untilLost?: boolean;
  readonly onProgress?: (text: string) => void;
}

export interface PowerReport {
  readonly cuts: number;
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly unreadable: readonly string[];
}

/**
 * Power cuts: the data lies on file systems whose commit interval is so long that nothing reaches their image files but what was fsynced. At one
 * instant all processes are stopped (SIGSTOP), the image files copied, and the cluster starts from the copies.
 */
export async function powerScenario(disks: PowerDisks, options: PowerOptions): Promise<PowerReport> {
  const ledger = new Ledger();
  const lost = new Set<string>();
  const unreadable: string[] = [];
  const sabotage = options.sabotage === undefined ? {} : sabotageEnvironment(options.sabotage);
  await prepare(disks);
  let cuts = 0;
  const isOver = (): boolean => cuts === options.times || (options.untilLost === true && lost.size + unreadable.length > 0);
  for (;;) {
    await using mounted = await disks.mount(cuts);
    const often = (options.checkpoints ?? (cuts % 2 === 0 ? 'often' : 'rare')) === 'often';
    const cluster = await startCluster({ dataDir: mounted.dataDir, env: { ...(often ? OFTEN : {}), ...sabotage } });
    await verify(cluster, ledger, lost, unreadable);
    options.onProgress?.(
      `${String(cuts)} cuts, ${String(ledger.acknowledgements)} writes acknowledged, ${String(lost.size)} lost, ${String(unreadable.length)} unreadable`,
    );
    if (isOver()) {
      await cluster.stop();
      break;
    }
    // Half of the cuts among checkpoints fall just after a node has made one and trimmed its log.
    await loadAndCut(cluster, ledger, { atCheckpoint: often && randomInt(2) === 0, copyImages: () => disks.copy(cuts) });
    cuts++;
  }
  return { cuts, acknowledged: ledger.acknowledgements, lost: [...lost], unreadable };
}

/** Loads the cluster, then stops everything at once, copies the images and kills. */
async function loadAndCut(
  cluster: Cluster,
  ledger: Ledger,
  { atCheckpoint, copyImages }: { atCheckpoint: boolean; copyImages: () => Promise<void> },
): Promise<void> {
  const client = createClient(cluster, { maxAttempts: 1, timeoutMs: 3_000 });
  const stop = new AbortController();
  const result = emptyResult();
  const running = Array.from({ length: CLIENTS }, (_, id) =>
    runClient(client, { bucket: BUCKET, id, ledger, result, signal: stop.signal, sizes: SIZES, patienceMs: 0 }),
  );
  await sleep(randomInt(...LOAD_MS));
  const pids = await cluster.pids();
  if (atCheckpoint) await untilCheckpoint(join(cluster.dataDir, 'log'), CHECKPOINT_BOUND_MS);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  // Acknowledgements that were on their way to the client before the cut are read by it during the copy: they count.
  await copyImages();
  stop.abort();
  await endAtOnce(pids);
  await Promise.all(running);
  client.destroy();
}

async function verify(cluster: Cluster, ledger: Ledger, lost: Set<string>, unreadable: string[]): Promise<void> {
  const client = createClient(cluster, { maxAttempts: 1, timeoutMs: 20_000 });
  const found = await readBack(client, BUCKET, ledger);
  for (const wrong of found.lost) lost.add(wrong);
  unreadable.push(...found.unreadable);
  client.destroy();
}

/** A cluster made in a plain directory, whose parts are then moved onto the disks. */
async function prepare(disks: PowerDisks): Promise<void> {
  const dataDir = join(disks.root, 'data--1');
  const cluster = await startCluster({ dataDir });
  const client = createClient(cluster, { maxAttempts: 8, timeoutMs: 20_000 });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
  await cluster.stop();
  await disks.fill(dataDir);
}
