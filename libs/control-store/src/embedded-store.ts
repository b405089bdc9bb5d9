import { silentLogger, systemClock, systemRandom } from '@pilvi/runtime';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import type { ControlCopy, CopyOptions } from './control-copy.ts';
import type { CopyCondition } from './copy-condition.ts';
import { EmbeddedStore } from './embedded-engine.ts';
import type { HistoryBounds } from './history.ts';
import type { CompactableStore } from './memory-store.ts';
import type { ControlMirror } from './mirror.ts';
import type { MirrorState } from './mirror-links.ts';
import { openControlCopy } from './open-control-copy.ts';
import { takeNewestCopy } from './take-newest-copy.ts';
import type { RestoredData } from './begin-restored.ts';

const DESCRIBE_BOUND_MS = 3_000;

export interface EmbeddedStoreOptions extends CopyOptions {
  /** The own copy, where it was opened before; the store's from now on. */
  readonly own?: ControlCopy;
  /** Every storage node that may hold a copy. */
  readonly candidates?: readonly ControlMirror[];
  /**
   * How many nodes there should be, where no copy says which ones count: fewer candidates are not proof that nothing newer
   * exists. By default as many as candidates.
   */
  readonly expectedCandidates?: number;
  /** Id of the cluster, when it is known: another one's data is refused. A new cluster without it gets a random one. */
  readonly clusterId?: string;
  /** This may be the first start although some candidates do not answer. */
  readonly mayBeNew?: boolean;
  /** Begin with this data, of the cluster `clusterId`; `not-empty` where a copy is. */
  readonly restored?: RestoredData | undefined;
  /** The store can never serve again: the disk failed (D5), or another gateway took over. The process is to end. */
  readonly onFatal?: (error: Error) => void;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Logger;
  readonly history?: HistoryBounds;
  readonly commitTimeoutMs?: number;
  readonly describeBoundMs?: number;
}

export interface EmbeddedControlStore extends CompactableStore {
  readonly clusterId: string;
  /** What opening found of the own copy. */
  readonly condition: CopyCondition;
  /** Newest revision that counts. */
  readonly revision: number;
  /** The storage nodes whose copies are kept up to date: call it whenever members or their addresses change. */
  setMirrors(mirrors: readonly ControlMirror[]): void;
  /** Ids of the copies that count, as the newest state has them (E1). */
  readonly requiredMirrors: readonly string[];
  /**
   * Changes which copies count; resolves when the change does. It needs the new ones, and of the old ones two, or one of
   * two: so that a start without the own copy that asks those it knows of hears of the others. Where too many of the old ones
   * are gone for good, it needs every copy that there is.
   */
  requireMirrors(ids: readonly string[]): Promise<void>;
  /**
   * Resolves when enough of the mirrors that count hold what this start found; before, every call throws `unavailable`.
   * Throws when the store ends, or the signal aborts, before that.
   */
  serving(signal?: AbortSignal): Promise<void>;
  /** Reads the own copy again: what is wrong with it, or undefined. The next start takes a damaged one from the mirrors. */
  verify(): Promise<string | undefined>;
  /** How far each mirror is, for status pages. */
  mirrorStates(): readonly MirrorState[];
}

/**
 * Opens the control store of the one gateway (REPLICATION E1, E2) with the newest copy there is; it serves once enough mirrors
 * hold it (`serving`). Throws ControlStoreError `unavailable`, with a text for the operator, when a newer one may exist.
 */
export async function openEmbeddedControlStore(options: EmbeddedStoreOptions): Promise<EmbeddedControlStore> {
  const own = options.own ?? (await openControlCopy(options));
  try {
    const {
      candidates = [],
      clock = systemClock,
      random = systemRandom,
      log = silentLogger,
      describeBoundMs = DESCRIBE_BOUND_MS,
    } = options;
    const start = {
      candidates,
      clock,
      random,
      log,
      describeBoundMs,
      clusterId: options.clusterId,
      expectedCandidates: Math.max(options.expectedCandidates ?? 0, candidates.length),
      mayBeNew: options.mayBeNew ?? false,
      restored: options.restored,
    };
    const { condition } = own;
    const holders = await takeNewestCopy(own, start);
    const { expectedCandidates: expectedCopies } = start;
    const store = new EmbeddedStore(own, condition, { clock, random, log, expectedCopies, options });
    store.setMirrors(holders);
    return store;
  } catch (error) {
    await own[Symbol.asyncDispose]();
    throw error;
  }
}
