import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { createClient, emptyResult, Ledger, readBack, runClient } from '@pilvi/workload';
import { createMachineCluster } from './machine-cluster.ts';
import type { MachineCluster } from './machine-cluster.ts';
import { createMachines } from './net-machines.ts';
import type { NetMachines } from './net-machines.ts';

const BUCKET = 'machines';
const LONG_MS = 300_000;
const SIZES = [1_000, 30_000, 100_000, 1_500_000];

export interface MachinesOptions {
  /** How often everything is done. */
  readonly rounds: number;
  readonly clients: number;
  /** Whether a machine also dies for good, and is removed without having been drained. */
  readonly withDeath: boolean;
  readonly onProgress?: (text: string) => void;
}

export interface MachinesReport {
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly unreadable: readonly string[];
  readonly failedWrites: number;
  /** What was refused, as a person is told. */
  readonly refusals: readonly string[];
}

/**
 * Machines join, lose power, are replaced, drained and removed while clients write and read: nothing acknowledged may be lost, and in the end everything has all its
 * copies on those that are left.
 */
export async function machinesScenario(options: MachinesOptions): Promise<MachinesReport> {
  await using machines = await createMachines(['a', 'b', 'c', 'd']);
  const tell = (text: string): void => options.onProgress?.(text.trim());
  await using cluster = await createMachineCluster(machines, (text) => {
    // Not the tokens.
    if (!text.startsWith('pilvi1.')) tell(`  ${text.trim()}`);
  });
  const refusals: string[] = [];
  try {
    tell('a makes the cluster, b and c join');
    cluster.start('a');
    const used = await joinAndStart(cluster, 'b');
    await joinAndStart(cluster, 'c');
    await cluster.until(LONG_MS, (status) => status.serving);
    const ledger = new Ledger();
    const result = emptyResult();
    const stop = new AbortController();
    const clients = Array.from({ length: options.clients }, () => createClient(cluster, { maxAttempts: 8, timeoutMs: 20_000 }));
    const [first] = clients;
    if (first === undefined) throw new Error('at least one client');
    await first.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const running = clients.map((client, id) =>
      runClient(client, { bucket: BUCKET, id, ledger, result, signal: stop.signal, sizes: SIZES }),
    );
    try {
      refusals.push(await refusal(cluster.join('d', used)));
      refusals.push(await refusal(cluster.pilvi('a', 'node', 'drain', 'storage-c')));
      for (let round = 0; round < options.rounds; round++) {
        await oneRound(machines, cluster, tell);
        if (options.withDeath) await dieAndBeRemoved(machines, cluster, tell);
      }
    } finally {
      stop.abort();
      await Promise.all(running);
    }
    await cluster.whole(LONG_MS);
    tell('reading everything back');
    const found = await readBack(first, BUCKET, ledger);
    for (const client of clients) client.destroy();
    return {
      acknowledged: ledger.acknowledgements,
      lost: [...result.wrong, ...found.lost],
      unreadable: [...result.failedReads, ...found.unreadable],
      failedWrites: result.failedWrites,
      refusals,
    };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${cluster.said()}`, { cause: error });
  }
}

/** Begins with a, b and c, and ends with them. */
async function oneRound(machines: NetMachines, cluster: MachineCluster, tell: (text: string) => void): Promise<void> {
  tell('d joins, and takes its share');
  await joinAndStart(cluster, 'd');
  await cluster.until(LONG_MS, (status) => status.nodes.some((node) => node.name === 'storage-d' && node.places > 0));
  await cluster.whole(LONG_MS);

  tell('b loses its power, and another machine takes its place');
  await machines.powerOff('b');
  await cluster.wipe('b');
  await cluster.until(LONG_MS, (status) => status.nodes.every((node) => node.name !== 'storage-b' || node.state !== 'up'));
  await joinAndStart(cluster, 'b', '--replace');
  await cluster.until(LONG_MS, (status) =>
    status.nodes.some((node) => node.name === 'storage-b' && node.places > 0 && node.state === 'up'),
  );
  await cluster.whole(LONG_MS);

  tell('d is drained and removed');
  await cluster.pilvi('a', 'node', 'drain', 'storage-d');
  await cluster.pilvi('a', 'node', 'remove', 'storage-d');
  await machines.powerOff('d');
  await cluster.wipe('d');
}

/** As `oneRound`. */
async function dieAndBeRemoved(machines: NetMachines, cluster: MachineCluster, tell: (text: string) => void): Promise<void> {
  tell('d joins again and dies; its places are given away at once when it is removed');
  await joinAndStart(cluster, 'd');
  await cluster.until(LONG_MS, (status) => status.nodes.some((node) => node.name === 'storage-d' && node.places > 0));
  await machines.powerOff('d');
  await cluster.wipe('d');
  await removeDead(cluster, 'storage-d');
  await cluster.whole(LONG_MS);
}

/** Refused while it counts as there, and while others are not in sync without it. */
async function removeDead(cluster: MachineCluster, node: string): Promise<void> {
  for (const untilMs = performance.now() + LONG_MS; ;) {
    try {
      await cluster.pilvi('a', 'node', 'remove', node);
      return;
    } catch (error) {
      if (performance.now() > untilMs) throw error;
    }
  }
}

async function joinAndStart(cluster: MachineCluster, machine: string, ...more: readonly string[]): Promise<string> {
  const token = await cluster.newToken();
  await cluster.join(machine, token, ...more);
  cluster.start(machine);
  return token;
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'it was not refused',
    (error: unknown) => (error as Error).message.trim(),
  );
}
