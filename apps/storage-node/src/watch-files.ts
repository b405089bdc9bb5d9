import type { MirrorStorage } from '@pilvi/control-store';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import type { NodeDisk } from './node-disk.ts';

const LOOK_EVERY_MS = 5_000;

interface Components {
  readonly disk: NodeDisk;
  readonly mirror: MirrorStorage;
  readonly log: Logger;
  /** This incarnation cannot go on. */
  readonly onDamage: (detail: string) => void;
  /** The process must end; the next start mends. */
  readonly fail: (error: Error) => void;
}

/** Verifies the files that a running node only writes, and the next start reads. Says how many were mended. */
export async function scrubFiles({ disk, mirror, log, onDamage }: Components): Promise<number> {
  const wrongLog = await disk.log.verify();
  if (wrongLog !== undefined) onDamage(`the replication log: ${wrongLog}`);
  const wrongCopy = await mirror.scrub();
  if (wrongCopy !== undefined) log.warn({ detail: wrongCopy }, 'the copy of the control data is damaged: it is filled again');
  return (wrongCopy === undefined ? 0 : 1) + (await mendIdentity(disk, log));
}

/** Looks every few seconds whether what is stored is still there: a process may write to deleted files for long without an error. */
export function watchFiles(components: Components & { readonly clock: Clock; readonly supervisor: Supervisor }): void {
  const { disk, mirror, log, clock, supervisor, onDamage, fail } = components;
  supervisor.run(
    'watch-files',
    async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(LOOK_EVERY_MS, signal);
        const gone = await disk.missingParts();
        if (gone.length === 0) continue;
        log.error({ gone }, 'stored files are gone');
        if (gone.includes('identity')) await mendIdentity(disk, log);
        if (gone.includes('control')) await mirror.scrub();
        if (gone.includes('log') || gone.includes('rows')) onDamage(`files are gone: ${gone.join(', ')}`);
        else if (gone.includes('chunks')) fail(new Error('the directories of chunks are gone'));
      }
    },
    { onFailure: 'restart' },
  );
}

async function mendIdentity(disk: NodeDisk, log: Logger): Promise<number> {
  if (!(await disk.mendIdentity())) return 0;
  log.warn({}, 'identity.json was damaged or gone: written again');
  return 1;
}
