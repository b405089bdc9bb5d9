import { commitBytes } from './commit.ts';
import type { Commit } from './commit.ts';

const KEEP_COMMITS = 8_192;
const KEEP_BYTES = 16 * 1024 * 1024;
const BATCH_COMMITS = 1_024;
const BATCH_BYTES = 1024 * 1024;

/** The last commits, for mirrors that are a little behind; one that is further behind gets a snapshot. */
export class RecentCommits {
  #commits: Commit[] = [];
  #bytes = 0;

  add(commit: Commit): void {
    this.#commits.push(commit);
    this.#bytes += commitBytes(commit);
    if (this.#commits.length < 2 * KEEP_COMMITS && this.#bytes < 2 * KEEP_BYTES) return;
    // Half at a time: dropping one by one would move the array at every commit.
    let drop = 0;
    for (const old of this.#commits) {
      if (this.#commits.length - drop <= KEEP_COMMITS && this.#bytes <= KEEP_BYTES) break;
      this.#bytes -= commitBytes(old);
      drop++;
    }
    this.#commits = this.#commits.slice(drop);
  }

  /** At most one call's worth, at least one commit; undefined when the first of them is gone. */
  from(revision: number): readonly Commit[] | undefined {
    const [first] = this.#commits;
    if (first === undefined || revision < first.revision) return undefined;
    const start = revision - first.revision;
    let end = start;
    for (let bytes = 0; end < this.#commits.length && end - start < BATCH_COMMITS && bytes < BATCH_BYTES; end++) {
      bytes += commitBytes(this.#commits[end]!);
    }
    return this.#commits.slice(start, end);
  }
}
