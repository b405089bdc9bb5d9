/**
 * What lies above the last checkpoint is read and applied again at a start, at some 40 µs for each record, on the processors that serve the clients; a node
 * that is killed more often than once in `everyMs` would bring more each time. So many records are worth a checkpoint before its time, but not within so
 * long of a start or of the last one.
 */
const MANY_RECORDS = 1_000;
const AT_LEAST_APART_MS = 5_000;

/** What there is since the last checkpoint, or the start: milliseconds, records above the checkpoint; and the bytes of the whole log. */
export interface SinceCheckpoint {
  readonly sinceMs: number;
  readonly records: number;
  readonly logBytes: number;
}

/** Whether the rows should be made durable now: their time has come, there are many records, or the log has grown to its limit. */
export function isCheckpointDue(since: SinceCheckpoint, limits: { readonly everyMs: number; readonly logBytes: number }): boolean {
  if (since.logBytes >= limits.logBytes) return true;
  if (since.records === 0) return false;
  return since.sinceMs >= limits.everyMs || (since.sinceMs >= AT_LEAST_APART_MS && since.records >= MANY_RECORDS);
}
