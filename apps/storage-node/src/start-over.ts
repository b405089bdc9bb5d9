import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger, Random } from '@pilvi/runtime';
import { IDENTITY_FILE, readIdentity, renewIdentity } from './cluster/identity.ts';

/** Files of incarnations that were given up, each under its id. */
const ASIDE = 'set-aside';
/** Whose identity could not be read. */
const UNKNOWN = 'unknown';

/**
 * Sets what an incarnation stored aside and makes a new one of the same cluster, which the others fill (D2, C6). What is set aside is for a person: should
 * every copy of a partition be lost, one put back may return (README). It makes room only for the files of an incarnation that was whole after it.
 */
export async function startOver(
  { directory, random, log }: { directory: string; random: Random; log: Logger },
  state: readonly string[],
  reason: string,
): Promise<void> {
  const previous = await readIdentity(directory).catch(() => undefined);
  const name = previous?.incarnation ?? UNKNOWN;
  const kept = await setAsideNames(directory);
  const present = await readdir(directory);
  if (previous !== undefined && !previous.wasWhole && kept.some((other) => other !== name)) {
    for (const part of state) await rm(join(directory, part), { recursive: true, force: true });
  } else {
    if (previous?.wasWhole === true)
      for (const other of kept) if (other !== name) await rm(join(directory, ASIDE, other), { recursive: true, force: true });
    await moveAside(
      directory,
      name,
      [...state, IDENTITY_FILE].filter((part) => present.includes(part)),
    );
  }
  const identity = await renewIdentity(directory, random, previous?.clusterId ?? '');
  log.warn(
    { incarnation: identity.incarnation, previous: name, reason, aside: join(directory, ASIDE) },
    'started over as a new incarnation',
  );
}

/** The directory of files set aside, for status pages; empty when there is none. */
export async function setAsideDirectory(directory: string): Promise<string> {
  return (await setAsideNames(directory)).length > 0 ? join(directory, ASIDE) : '';
}

/** The identity last: until it is gone, a start finds that the state is, and goes on here. */
async function moveAside(directory: string, name: string, parts: readonly string[]): Promise<void> {
  const to = join(directory, ASIDE, name);
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const part of parts) {
    await rm(join(to, part), { recursive: true, force: true });
    await rename(join(directory, part), join(to, part));
  }
}

async function setAsideNames(directory: string): Promise<string[]> {
  return readdir(join(directory, ASIDE)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
}
