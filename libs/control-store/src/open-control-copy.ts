import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { ControlCopy } from './control-copy.ts';
import type { CopyOptions } from './control-copy.ts';

/**
 * Opens a durable copy of the control data: a log of snapshots and commits, the gateway's own (E1) or a storage node's. What
 * cannot be trusted is renamed to `<directory>.damaged`, and kept there until a start finds the copy filled again. Throws when a record is of another format version.
 */
export async function openControlCopy(options: CopyOptions): Promise<ControlCopy> {
  const aside = `${options.directory}.damaged`;
  const wasDamaged = existsSync(aside);
  const copy = await ControlCopy.open(options, { kind: 'new' });
  if (copy.condition.kind !== 'damaged') {
    // Since then nothing was put into it: what was set aside is still what matters.
    if (wasDamaged && copy.clusterId === '') copy.condition = { kind: 'damaged', detail: `what was here is in ${aside}` };
    else if (wasDamaged) await rm(aside, { recursive: true, force: true });
    return copy;
  }
  await copy[Symbol.asyncDispose]();
  // One is kept, and never replaced by what came after it and held nothing.
  if (wasDamaged && copy.clusterId === '') await rm(options.directory, { recursive: true });
  else {
    await rm(aside, { recursive: true, force: true });
    await rename(options.directory, aside);
  }
  const fresh = await ControlCopy.open(options, copy.condition);
  // A gateway that was shut out stays shut out.
  await fresh.hear(copy.writerTerm, copy.seenRevision);
  return fresh;
}

/** Whether a directory holds control data of a cluster. */
export async function holdsControlData(directory: string): Promise<boolean> {
  if (!existsSync(directory)) return false;
  await using copy = await openControlCopy({ directory });
  return copy.clusterId !== '';
}
