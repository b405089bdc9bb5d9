import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import { freeSpace } from '@pilvi/runtime';

/** Writes are turned away below this much free space, so that no disk is ever full to the last byte (W4, DESIGN 5). */
const RESERVE_BYTES = 512 * 1024 * 1024;
/** ... or this share of the disk, whichever is less (small test disks). */
const RESERVE_SHARE = 0.05;
const LOOK_EVERY_MS = 1_000;

export interface SpaceGuard {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Below this much free space writes are turned away. */
  readonly reserveBytes: number;
  /** Deletes and collection may go on when it is true; other writes are refused. */
  readonly low: boolean;
}

export async function createSpaceGuard(components: {
  directory: string;
  clock: Clock;
  supervisor: Supervisor;
  log: Logger;
}): Promise<SpaceGuard> {
  const { directory, clock, supervisor, log } = components;
  let space = await freeSpace(directory);
  let low = isLow(space);
  supervisor.run(
    'space-guard',
    async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(LOOK_EVERY_MS, signal);
        space = await freeSpace(directory);
        if (isLow(space) !== low) {
          low = !low;
          log.warn({ ...space, low }, 'free space crossed the reserve');
        }
      }
    },
    { onFailure: 'restart' },
  );
  return {
    get freeBytes() {
      return space.freeBytes;
    },
    get totalBytes() {
      return space.totalBytes;
    },
    get reserveBytes() {
      return reserveOf(space);
    },
    get low() {
      return low;
    },
  };
}

function isLow(space: { freeBytes: number; totalBytes: number }): boolean {
  return space.freeBytes < reserveOf(space);
}

function reserveOf(space: { totalBytes: number }): number {
  return Math.min(RESERVE_BYTES, space.totalBytes * RESERVE_SHARE);
}
