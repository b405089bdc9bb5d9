import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';

/** A cluster that knows `isolate` was started with this much isolation (sabotage/node-options.ts). */
export const ISOLATION_MS = 6_000;

/** Longer than a lease and its grace, so that others have taken over when it goes on (L1). */
const PAUSE_MS = [1_500, 3_000] as const;
/** Shorter than a lease: nobody takes over meanwhile. */
const FREEZE_MS = [400, 800] as const;

/**
 * What happens to one process, or around it.
 * - `kill`: SIGKILL
 * - `pause`: stopped for longer than its leases live, then it goes on as if nothing had happened
 * - `isolate`: cut from its peers and from the map, but not from the gateway's requests (storage nodes of a cluster that can)
 * - `freeze-others`: all other storage nodes stand still for a moment, and it is killed before they go on
 */
export type FaultName = 'kill' | 'pause' | 'isolate' | 'freeze-others';

export const FAULT_NAMES: readonly FaultName[] = ['kill', 'pause', 'isolate', 'freeze-others'];

/** Does it, and resolves when it is over. False: the process was down. */
export async function strike(fault: FaultName, cluster: Cluster, victim: string, storageNodes: readonly string[]): Promise<boolean> {
  switch (fault) {
    case 'kill':
      return cluster.kill(victim);
    case 'pause':
      return frozen(cluster, [victim], () => sleep(randomInt(...PAUSE_MS)));
    case 'isolate': {
      const isUp = await signal(cluster, victim, 'SIGUSR2');
      if (isUp) await sleep(ISOLATION_MS);
      return isUp;
    }
    case 'freeze-others':
      return frozen(
        cluster,
        storageNodes.filter((name) => name !== victim),
        async () => {
          await sleep(randomInt(...FREEZE_MS));
          await cluster.kill(victim);
        },
      );
  }
}

async function frozen(cluster: Cluster, names: readonly string[], meanwhile: () => Promise<void>): Promise<boolean> {
  const stopped = await Promise.all(names.map((name) => signal(cluster, name, 'SIGSTOP')));
  await meanwhile();
  await Promise.all(names.map((name) => signal(cluster, name, 'SIGCONT')));
  return stopped.every(Boolean);
}

async function signal(cluster: Cluster, name: string, kind: NodeJS.Signals): Promise<boolean> {
  const pid = await cluster.pid(name);
  if (pid === undefined) return false;
  try {
    return process.kill(pid, kind);
  } catch {
    return false;
  }
}
