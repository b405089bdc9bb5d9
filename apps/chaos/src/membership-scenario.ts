import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WhereDocument } from '@pilvi/admin-api';
import { createClient, startLoad } from '@pilvi/workload';
import { askSocket } from './ask-socket.ts';
import type { Cluster } from './cluster.ts';

const BUCKET = 'membership';
const SIZES = [1_000, 30_000, 100_000, 1_500_000];
const LOAD_MS = 3_000;
const WHOLE_MS = 300_000;
const WEAKEST_TOLD = 3;

export interface MembershipOptions {
  readonly clients: number;
  /** Which node is drained, removed and deleted in the end. */
  readonly leaver: string;
  readonly onProgress?: (text: string) => void;
}

/** What a census found: every piece of every object looked at where it lies. */
export interface Census {
  readonly objects: number;
  readonly pieces: number;
  /** How many pieces have so many sound copies. */
  readonly bySoundCopies: Readonly<Record<number, number>>;
  /** Nodes that hold any of them. */
  readonly holders: readonly string[];
  /** Pieces with the fewest sound copies, as they were found. */
  readonly weakest: readonly string[];
}

export interface MembershipReport {
  readonly before: Census;
  readonly afterRaise: Census;
  readonly afterRemoval: Census;
  readonly operations: number;
  /** Answered while copies were raised, and while the node was drained and removed. */
  readonly writesMeanwhile: readonly [number, number];
  readonly failedRequests: readonly string[];
  readonly lost: readonly string[];
  readonly unserved: readonly string[];
}

/**
 * A cluster of one copy gets three, then one of its nodes is drained, removed and deleted, while clients go on whose every request counts. A census takes stock
 * after each: of what lies on the disks, not of what the index says.
 */
export async function membershipScenario(cluster: Cluster, options: MembershipOptions): Promise<MembershipReport> {
  const { leaver } = options;
  const tell = (text: string): void => options.onProgress?.(text);
  const client = createClient(cluster, { maxAttempts: 8, timeoutMs: 20_000 });
  await using load = await startLoad(cluster, { bucket: BUCKET, writers: options.clients, registers: 1, sizes: SIZES });
  await sleep(LOAD_MS);
  const before = await settledCensus(cluster, client, (census) => hasOnly(census, 1));
  tell(`one copy: ${tellCensus(before)}`);

  const writes = [load.answered().writes];
  await cluster.command(['cluster', 'set', 'copies', '3']);
  writes.push(load.answered().writes);
  const afterRaise = await settledCensus(cluster, client, (census) => hasOnly(census, 3));
  tell(`copies raised to three: ${tellCensus(afterRaise)}`);

  writes.push(load.answered().writes);
  await cluster.command(['node', 'drain', leaver]);
  await cluster.command(['node', 'remove', leaver]);
  writes.push(load.answered().writes);
  await cluster.command(['node', 'stop', leaver]);
  await rm(join(cluster.dataDir, leaver), { recursive: true, force: true });
  await sleep(LOAD_MS);
  await load.stop();
  await cluster.whole(WHOLE_MS);
  const afterRemoval = await settledCensus(cluster, client, (census) => hasOnly(census, 3));
  tell(`${leaver} drained, removed and deleted: ${tellCensus(afterRemoval)}`);

  client.destroy();
  const { operations, failedRequests, lost, unserved } = await load.finish();
  const writesMeanwhile = [writes[1]! - writes[0]!, writes[3]! - writes[2]!] as const;
  return { before, afterRaise, afterRemoval, operations, writesMeanwhile, failedRequests, lost, unserved };
}

/**
 * While clients write, some object is always on its way, and nodes tell what lacks copies with their heartbeats only: looked at again until all that is there has what
 * it should have.
 */
async function settledCensus(cluster: Cluster, client: S3Client, isSo: (census: Census) => boolean): Promise<Census> {
  for (const untilMs = performance.now() + WHOLE_MS; ;) {
    const census = await takeCensus(cluster, client);
    if (isSo(census) || performance.now() > untilMs) return census;
    await sleep(LOAD_MS / 10);
  }
}

export function hasOnly({ pieces, bySoundCopies }: Census, copies: number): boolean {
  return pieces > 0 && bySoundCopies[copies] === pieces;
}

async function takeCensus(cluster: Cluster, client: S3Client): Promise<Census> {
  const bySoundCopies: Record<number, number> = {};
  const holders = new Set<string>();
  let weakest: string[] = [];
  let fewest = Infinity;
  let [objects, pieces] = [0, 0];
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const page = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken: token }));
    for (const { Key } of page.Contents ?? []) {
      const where = await whereIs(cluster, Key!);
      // Deleted or overwritten since it was listed.
      if (where === undefined) continue;
      objects++;
      for (const { copies } of where.pieces) {
        pieces++;
        const sound = copies.filter((copy) => copy.state === 'sound');
        bySoundCopies[sound.length] = (bySoundCopies[sound.length] ?? 0) + 1;
        for (const { node } of copies) holders.add(node);
        if (sound.length < fewest) [weakest, fewest] = [[], sound.length];
        if (sound.length === fewest) weakest.push(`${Key!} ${JSON.stringify(copies)}`);
      }
    }
    token = page.NextContinuationToken;
  }
  return { objects, pieces, bySoundCopies, holders: [...holders].sort(), weakest: weakest.slice(0, WEAKEST_TOLD) };
}

async function whereIs(cluster: Cluster, key: string): Promise<WhereDocument | undefined> {
  const query = new URLSearchParams({ bucket: BUCKET, key }).toString();
  const socket = join(cluster.dataDir, 'run', 'gateway-1-admin.sock');
  const found = (await askSocket(socket, 'GET', `/_pilvi/where?${query}`)) as Partial<WhereDocument>;
  return found.pieces === undefined ? undefined : (found as WhereDocument);
}

function tellCensus({ objects, pieces, bySoundCopies, holders }: Census): string {
  const shares = Object.entries(bySoundCopies).map(([copies, count]) => `${String(count)} with ${copies}`);
  return `${String(objects)} objects in ${String(pieces)} pieces, of them sound ${shares.join(', ')} (${holders.join(', ')})`;
}
