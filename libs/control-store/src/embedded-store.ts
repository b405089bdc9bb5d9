import { systemClock, systemRandom } from '@pilvi/runtime';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import type { Copy } from './copy.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import type { ControlStoreError } from './errors.ts';
import type { HistoryBounds } from './history.ts';
import type { CompactableStore } from './memory-store.ts';
import type { MirrorSet } from './mirror.ts';
import { OwnCopy } from './own-copy.ts';
import { recoverCopy } from './recover-copy.ts';
import { StoreCore } from './store-core.ts';

const DEFAULT_COMMIT_TIMEOUT_MS = 5_000;
const DEFAULT_CHECKPOINT_BYTES = 16 * 1024 * 1024;

export interface EmbeddedStoreOptions {
  /** The gateway's own copy; nothing else may be in it. */
  readonly directory: string;
  /** The storage nodes that mirror the store, by name; they may come and go while it opens and later. */
  readonly mirrors: MirrorSet;
  /** For a store that nobody holds: made once `expectedMirrors` nodes have answered that they hold nothing. */
  readonly newCluster: { readonly id: string; readonly expectedMirrors: number };
  readonly log: Logger;
  /** Called once when the store has ended for good: `fenced` or `write-failed`. The process must end. */
  readonly onFatal: (error: ControlStoreError) => void;
  /** Told why the store does not open yet, whenever that changes. */
  readonly onWaiting?: (reason: string) => void;
  /** Gives up opening. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly commitTimeoutMs?: number;
  readonly history?: HistoryBounds;
  /** The own log is checkpointed into LevelDB and trimmed above this size. */
  readonly checkpointAboveBytes?: number;
}

export interface EmbeddedStore extends AsyncDisposable {
  readonly store: CompactableStore;
  readonly clusterId: string;
  /** Term of this writer: higher than every former one's. */
  readonly writerTerm: number;
  /** The nodes whose copies count, and how far those that can be reached have come. */
  mirrors(): { readonly name: string; readonly isFed: boolean; readonly revision: number }[];
  /** A node is gone for good: its copy counts no longer. The caller promises that its disk does not come back. */
  forgetMirror(name: string): Promise<void>;
}

/**
 * The control store of the only gateway (REPLICATION E1, E2). Opens when it is certain that no commit that counted is
 * missing, and everything it holds is where a commit has to be: on this disk and on `min(2, nodes named)` nodes.
 * Rejects with ControlStoreError `fenced` or `unknown-format`, with the signal's reason, or with what the disk said.
 */
export async function openEmbeddedControlStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { mirrors, log, clock = systemClock, random = systemRandom, newCluster, onWaiting = () => {} } = options;
  const signal = options.signal ?? new AbortController().signal;
  const own = await OwnCopy.open(options.directory);
  let copy: Copy;
  try {
    copy = await recoverCopy({ own, mirrors, newCluster, clock, random, log, onWaiting }, signal);
    await own.begin(copy);
  } catch (error) {
    await own.close();
    throw error;
  }
  const engine = new EmbeddedEngine({
    own,
    copy,
    mirrors,
    clock,
    log,
    checkpointAboveBytes: options.checkpointAboveBytes ?? DEFAULT_CHECKPOINT_BYTES,
    onFatal: options.onFatal,
  });
  const core = new StoreCore({
    state: copy.state,
    committer: engine,
    clock,
    commitTimeoutMs: options.commitTimeoutMs ?? DEFAULT_COMMIT_TIMEOUT_MS,
    history: options.history,
    onClose: () => engine.close(),
  });
  const giveUp = Promise.withResolvers<never>();
  const abort = (): void => {
    giveUp.reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    const settled = engine.start(core);
    const late = clock.after(1_000, () => {
      onWaiting('waiting for enough nodes to hold what the gateway holds');
    });
    await Promise.race([settled, giveUp.promise]).finally(() => {
      late.cancel();
    });
  } catch (error) {
    await engine.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  log.info({ clusterId: copy.clusterId, revision: copy.state.revision, term: copy.contentTerm }, 'control store open');
  return {
    store: core,
    clusterId: copy.clusterId,
    writerTerm: copy.contentTerm,
    mirrors: () => engine.mirrors(),
    forgetMirror: (name) => engine.forget(name),
    [Symbol.asyncDispose]: () => core[Symbol.asyncDispose](),
  };
}
