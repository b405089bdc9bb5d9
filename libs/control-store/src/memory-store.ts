import { systemClock } from '@pilvi/runtime';
import type { Clock } from '@pilvi/runtime';
import type { ControlStore } from './control-store.ts';
import type { HistoryBounds } from './history.ts';
import { Keyspace } from './keyspace.ts';
import { StoreCore } from './store-core.ts';

/** An engine of ours: its history can be compacted by hand. */
export interface CompactableStore extends ControlStore {
  /** Watches from below this revision are refused from now on. */
  compact(below: number): void;
}

/** The control store without a disk: a commit counts at once. For simulation and tests. */
export function createMemoryControlStore(options: { clock?: Clock; history?: HistoryBounds } = {}): CompactableStore {
  const core: StoreCore = new StoreCore({
    state: new Keyspace(),
    clock: options.clock ?? systemClock,
    commitTimeoutMs: 5_000,
    history: options.history,
    committer: {
      submit: (commit) => {
        queueMicrotask(() => {
          core.counted(commit.revision);
        });
      },
      refusal: () => undefined,
    },
  });
  return core;
}
