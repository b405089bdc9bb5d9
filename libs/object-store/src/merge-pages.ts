import type { PartitionId } from '@pilvi/cluster-map';

/** What one listing is made of: how its entries are ordered and asked for. */
export interface PagedListing<Entry, Position> {
  readonly limit: number;
  readonly start: Position;
  compare(a: Entry, b: Entry): number;
  /** Where to go on after an entry. */
  after(entry: Entry): Position;
  /**
   * Asks each node once for the groups it leads, about `limit` entries in all; may leave partitions uncovered, and waits a little before it
   * answers when it does. Throws at the end of its patience.
   */
  ask(groups: readonly Group<Position>[], limit: number): Promise<{ runs: Run<Entry>[]; uncovered: Group<Position>[] }>;
}

/** Partitions that are covered up to the same position. */
export interface Group<Position> {
  readonly partitions: readonly PartitionId[];
  readonly position: Position;
}

/** Ascending entries of some partitions, complete up to the last, or to the end. */
export interface Run<Entry> {
  readonly partitions: readonly PartitionId[];
  readonly entries: readonly Entry[];
  readonly more: boolean;
}

/** X1: one page over all partitions; it is made only of what is covered everywhere. What several nodes roll up to one common prefix appears once. */
export async function mergePages<Entry, Position>(
  listing: PagedListing<Entry, Position>,
  partitions: readonly PartitionId[],
): Promise<{ entries: Entry[]; truncated: boolean }> {
  const { limit } = listing;
  const page: Entry[] = [];
  let runs: (Run<Entry> & { at: number })[] = [];
  let uncovered: Group<Position>[] = [{ partitions, position: listing.start }];
  if (limit <= 0) return { entries: page, truncated: false };
  for (;;) {
    while (uncovered.length > 0) {
      const answer = await listing.ask(uncovered, limit - page.length);
      uncovered = answer.uncovered;
      for (const run of answer.runs) if (run.entries.length > 0) runs.push({ ...run, at: 0 });
    }
    while (page.length < limit && runs.length > 0 && runs.every((run) => run.at < run.entries.length))
      page.push(takeSmallest(runs, listing));
    const spent = runs.filter((run) => run.at === run.entries.length);
    runs = runs.filter((run) => run.at < run.entries.length);
    const unfinished = spent.filter((run) => run.more);
    if (page.length === limit) return { entries: page, truncated: runs.length > 0 || unfinished.length > 0 };
    for (const run of unfinished) {
      const last = run.entries.at(-1);
      if (last !== undefined) uncovered.push({ partitions: run.partitions, position: listing.after(last) });
    }
    if (runs.length === 0 && uncovered.length === 0) return { entries: page, truncated: false };
  }
}

/** Takes the smallest head, from every run that has it. */
function takeSmallest<Entry>(runs: readonly (Run<Entry> & { at: number })[], listing: Pick<PagedListing<Entry, never>, 'compare'>): Entry {
  let smallest: Entry | undefined;
  let sharing: { at: number }[] = [];
  for (const run of runs) {
    const head = run.entries[run.at] as Entry;
    const order = smallest === undefined ? -1 : listing.compare(head, smallest);
    if (order < 0) {
      smallest = head;
      sharing = [run];
    } else if (order === 0) sharing.push(run);
  }
  for (const run of sharing) run.at++;
  return smallest as Entry;
}
