import { digestAfter, EMPTY_DIGEST, isSound } from '@pilvi/object-index';
import type { RowIterator } from './open-database.ts';

const ROWS_AT_A_TIME = 256;

/** What a scrub found of one partition (D4). */
export interface ScrubReport {
  readonly rows: number;
  /** Keys of rows that do not pass their checksum. */
  readonly damaged: readonly Buffer[];
  /** Recomputed from the rows; another than the kept one means that a row is missing, stale or not to be there. */
  readonly digest: bigint;
}

/** Reads every row of a partition in one snapshot, a page at a time, with a pause after each. Rejects when LevelDB cannot read on. */
export async function scrubRows(iterator: RowIterator, pause: () => Promise<void>): Promise<ScrubReport> {
  const damaged: Buffer[] = [];
  let rows = 0;
  let digest = EMPTY_DIGEST;
  try {
    for (let page = await iterator.nextv(ROWS_AT_A_TIME); page.length > 0; page = await iterator.nextv(ROWS_AT_A_TIME)) {
      for (const [key, value] of page) {
        rows++;
        if (isSound(value)) digest = digestAfter(digest, key, undefined, value);
        else damaged.push(key);
      }
      await pause();
    }
  } finally {
    await iterator.close();
  }
  return { rows, damaged, digest };
}
