import type { Logger, Supervisor } from '@pilvi/runtime';
import type { NodeDisk } from './node-disk.ts';

interface Leaving {
  readonly leave: (reason: string) => void;
  /** Damage here is mended by leaving, but not while this is the last copy of something: what is sound is still served. */
  readonly onDamage: (detail: string) => void;
}

/** How a node whose disk is not what it should be goes away, to come back as a new incarnation (D2). */
export function createLeaving(components: {
  disk: NodeDisk;
  supervisor: Supervisor;
  log: Logger;
  fail: (error: unknown) => void;
  isLastCopy: () => boolean;
}): Leaving {
  const { disk, supervisor, log, fail, isLastCopy } = components;
  const leave = (reason: string): void => {
    supervisor.run('leave', async () => {
      await disk.leave(reason).catch((error: unknown) => {
        log.error({ err: error }, 'the mark for the next start cannot be written'); // it will find the damage itself
      });
      fail(new Error(`leaving as this incarnation: ${reason}`));
    });
  };
  return {
    leave,
    onDamage(detail) {
      if (isLastCopy()) log.error({ detail }, 'damaged, and there is no other copy in sync: this node stays');
      else leave(detail);
    },
  };
}
