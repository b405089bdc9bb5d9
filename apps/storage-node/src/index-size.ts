import type { Clock, Supervisor } from '@pilvi/runtime';
import type { RowStore } from '@pilvi/row-store';

const LOOK_EVERY_MS = 10_000;

/** How many bytes the index takes on this disk, about, as it was last looked at. */
export function watchIndexSize({ rows, clock, supervisor }: { rows: RowStore; clock: Clock; supervisor: Supervisor }): () => number {
  let bytes = 0;
  supervisor.run(
    'index-size',
    async (signal) => {
      while (!signal.aborted) {
        bytes = await rows.approximateBytes();
        await clock.sleep(LOOK_EVERY_MS, signal);
      }
    },
    { onFailure: 'restart' },
  );
  return () => bytes;
}
