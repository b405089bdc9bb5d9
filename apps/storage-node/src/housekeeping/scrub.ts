import type { HousekeepingComponents } from './housekeeping.ts';
import { scrubChunks } from './scrub-chunks.ts';
import { scrubRows } from './scrub-rows.ts';

/** A scrub after damage waits until the peers can be asked. */
const FIRST_SCRUB_AFTER_MS = 3_000;
/** When copies were not to be had. */
const AGAIN_AFTER_MS = 5_000;

export interface ScrubStatus {
  readonly running: boolean;
  /** When the last one ended, on the wall clock; 0 before. */
  readonly finishedMs: number;
  /** Pieces that it found damaged or missing and mended. */
  readonly healed: number;
  /** Chunks are missing or may be, and are not mended yet: the node is not whole. */
  readonly doubtful: boolean;
}

export interface Scrub {
  readonly status: ScrubStatus;
  /** Begins one soon, in a hurry; one that is under way is followed by another. */
  now(): void;
}

/** Reads all that this node stores, again and again (P3): at leisure, or in a hurry when asked for, or when the chunk store was found damaged. */
export function createScrub(components: HousekeepingComponents): Scrub {
  const { chunks, clock, log, supervisor, timings } = components;
  // A database that was repaired, emptied or deleted lacks chunks that the inventory lists.
  let status: ScrubStatus = { running: false, finishedMs: 0, healed: 0, doubtful: chunks.condition !== 'sound' || chunks.liveBytes === 0 };
  let wake = new AbortController();
  let isAskedFor = false;

  async function run(hurry: boolean, signal: AbortSignal): Promise<void> {
    status = { ...status, running: true };
    let healed = 0;
    try {
      healed += await components.scrubFiles();
      const chunksFound = await scrubChunks(components, { hurry }, signal);
      healed += chunksFound.healed;
      status = { ...status, doubtful: chunksFound.failed > 0 };
      const wrong = await scrubRows(components, { hurry }, signal);
      log.info({ healed, wrong }, 'scrub finished');
      if (wrong !== undefined) components.onDamage(wrong);
    } finally {
      status = { ...status, running: false, finishedMs: clock.wallMs(), healed };
    }
  }

  /** True when it was asked for. */
  async function rest(ms: number, signal: AbortSignal): Promise<boolean> {
    if (!isAskedFor) {
      await clock.sleep(ms, AbortSignal.any([signal, wake.signal])).catch(() => undefined);
      signal.throwIfAborted();
    }
    const asked = isAskedFor;
    isAskedFor = false;
    wake = new AbortController();
    return asked;
  }

  supervisor.run(
    'scrub',
    async (signal) => {
      if (chunks.condition === 'sound' && status.doubtful && !(await inventoryListsAny(components)))
        status = { ...status, doubtful: false };
      let hurry = (await rest(status.doubtful ? FIRST_SCRUB_AFTER_MS : timings.scrubPeriodMs / 2, signal)) || status.doubtful;
      while (!signal.aborted) {
        await run(hurry, signal);
        hurry = (await rest(status.doubtful ? AGAIN_AFTER_MS : timings.scrubPeriodMs, signal)) || status.doubtful;
      }
    },
    { onFailure: 'restart' },
  );
  return {
    get status() {
      return status;
    },
    now() {
      isAskedFor = true;
      wake.abort();
    },
  };
}

async function inventoryListsAny({ host, inventory }: HousekeepingComponents): Promise<boolean> {
  for (const partition of host.partitions()) for await (const _ of inventory.scan(partition)) return true;
  return false;
}
