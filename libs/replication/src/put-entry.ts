import assert from 'node:assert/strict';
import { emit } from './state.ts';
import type { Core, Replica } from './state.ts';
import type { LogEntry, PersistRecord } from './types.ts';

/**
 * Puts an entry at its place: nothing when it is there already, instead of what diverges. The records to persist are
 * added to `records`. False when it does not follow the log.
 */
export function putEntry(core: Core, replica: Replica, entry: LogEntry, records: PersistRecord[]): boolean {
  const { log } = replica;
  if (entry.seq <= log.base.seq) return true;
  const held = log.entry(entry.seq);
  if (held !== undefined) {
    if (held.hash === entry.hash && held.epoch === entry.epoch) return true;
    // I1: what is committed here is prepared everywhere, so no primary can send anything else for it.
    assert(entry.seq > replica.commit, `partition ${String(replica.partition)}: entry ${String(entry.seq)} would replace a committed one`);
    truncate(core, replica, entry.seq - 1, records);
  }
  if (log.last.seq !== entry.seq - 1 || log.last.hash !== entry.prevHash) return false;
  log.append(entry);
  records.push({ kind: 'entry', partition: replica.partition, entry });
  return true;
}

function truncate(core: Core, replica: Replica, afterSeq: number, records: PersistRecord[]): void {
  replica.log.truncateAfter(afterSeq);
  replica.synced = Math.min(replica.synced, afterSeq);
  replica.generation++;
  records.push({ kind: 'truncate', partition: replica.partition, afterSeq });
  emit(core, { kind: 'truncated', partition: replica.partition, afterSeq });
}
