import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusDocument } from '@pilvi/admin-api';
import { askSocket } from './ask-socket.ts';

const LOOK_EVERY_MS = 50;

/** Whether requests are served and every partition has its copies. */
export function isInSync(status: StatusDocument | undefined): boolean {
  return status?.serving === true && status.partitions.underReplicated === 0;
}

/** Resolves when `isSo` holds of the status, which is undefined while no gateway answers. Throws after `timeoutMs`. */
export async function untilStatus(
  dataDir: string,
  timeoutMs: number,
  isSo: (status: StatusDocument | undefined) => boolean,
): Promise<void> {
  const untilMs = Date.now() + timeoutMs;
  let last = '';
  while (Date.now() < untilMs) {
    const status = await getStatus(dataDir).catch(() => undefined);
    if (isSo(status)) return;
    last = JSON.stringify({ partitions: status?.partitions, objects: status?.objects, reason: status?.reason });
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`the cluster is not whole after ${String(timeoutMs)} ms: ${last}`);
}

/** Of any gateway that answers. The admin sockets lie in the run directory: chaos keeps its data directories short enough for them. */
export async function getStatus(dataDir: string): Promise<StatusDocument> {
  const sockets = (await readdir(join(dataDir, 'run'))).filter((name) => name.endsWith('-admin.sock')).sort();
  const asked = sockets.map((name) => askSocket(join(dataDir, 'run', name), 'GET', '/_pilvi/status'));
  return (await Promise.any(asked)) as StatusDocument;
}
