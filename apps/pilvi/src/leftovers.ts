import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterPaths } from './cluster-paths.ts';

const GRACE_MS = 10_000;

/**
 * Ends the processes that an `up` which was itself killed left behind, and removes their pid files. Answers their names. A compute node is killed:
 * asked to end, it would take its instances along, which the next one finds running.
 */
export async function stopLeftovers(paths: ClusterPaths): Promise<readonly string[]> {
  const ended: string[] = [];
  for (const file of await readdir(paths.runDir)) {
    if (!file.endsWith('.pid')) continue;
    const path = join(paths.runDir, file);
    const pid = Number(await readFile(path, 'utf8'));
    if (Number.isInteger(pid) && pid > 1 && (await isOurs(pid, join(paths.dataDir, file.slice(0, -'.pid'.length))))) {
      if (isComputeNode(file)) signal(pid, 'SIGKILL');
      else await end(pid);
      ended.push(file.slice(0, -'.pid'.length));
    }
    await rm(path, { force: true });
  }
  return ended;
}

/** A pid may belong to anyone by now: its environment tells whether it is the process of this directory. Only Linux shows that. */
async function isOurs(pid: number, processDataDir: string): Promise<boolean> {
  const environment = await readFile(`/proc/${String(pid)}/environ`, 'utf8').catch(() => '');
  return environment.split('\0').includes(`PILVI_PROCESS_DATA_DIR=${processDataDir}`);
}

function isComputeNode(pidFile: string): boolean {
  return pidFile.startsWith('compute-');
}

async function end(pid: number): Promise<void> {
  signal(pid, 'SIGTERM');
  const deadlineMs = performance.now() + GRACE_MS;
  while (performance.now() < deadlineMs) {
    if (!signal(pid, 0)) return;
    await sleep(50);
  }
  signal(pid, 'SIGKILL');
}

/** False: there is no such process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
