import type { ExpireRequests, IndexResult, RemoveGarbage, UpdateHolders } from '@pilvi/contracts/index/v1/command';
import { ObjectRecord, PartRecord } from '@pilvi/contracts/index/v1/record';
import type { Layout } from '@pilvi/contracts/index/v1/record';
import { extentsOf, noteRepair } from './extents.ts';
import { repairKey, requestKey, requestMinute, Table, tableRange } from './row-keys.ts';
import type { KeyRange } from './rows.ts';
import type { PartitionId } from '@pilvi/cluster-map';
import { unframe } from './stored-value.ts';
import { done } from './transaction.ts';
import type { Transaction } from './transaction.ts';

/** Rows removed by one expiry at most; the next removes more. */
const EXPIRE_ROWS = 2_000;

/** The chunks of these garbage rows are gone everywhere. */
export function removeGarbage(tx: Transaction, command: RemoveGarbage): IndexResult {
  for (const row of command.rows) tx.remove(row);
  return done;
}

/**
 * A repair is done: an extent has new holders. Who is no replica any more is not named anew: it may be deleting what it held (K4). Nothing
 * happens when the row was overwritten meanwhile.
 */
export function updateHolders(tx: Transaction, command: UpdateHolders): IndexResult {
  const value = tx.get(command.row);
  if (value === undefined) {
    tx.remove(repairKey(tx.partition, command.row));
    return done;
  }
  const body = unframe(value);
  if (command.row[2] === Table.part) {
    const part = PartRecord.decode(body);
    if (!renewHolders(tx, part.layout, command)) return done;
    tx.put(command.row, PartRecord.encode(part).finish());
    noteRepair(tx, command.row, part.layout);
  } else {
    const record = ObjectRecord.decode(body);
    if (!renewHolders(tx, record.layout, command)) return done;
    tx.put(command.row, ObjectRecord.encode(record).finish());
    noteRepair(tx, command.row, record.layout);
  }
  return done;
}

function renewHolders({ placement }: Transaction, layout: Layout | undefined, command: UpdateHolders): boolean {
  const extent = extentsOf(layout).find((e) => e.intentId.equals(command.intentId) && e.tickDeltas[0] === command.firstTick);
  if (extent === undefined) return false;
  const before = extent.holders;
  extent.holders = command.holders.filter((h) => before.includes(h) || placement.replicas.some((r) => r.incarnation === h));
  return true;
}

export function expiredRequests(partition: PartitionId, command: ExpireRequests): KeyRange {
  const lt = requestKey(partition, requestMinute(Number(command.beforeMs)), Buffer.alloc(0));
  return { gte: tableRange(partition, Table.request).gte, lt, limit: EXPIRE_ROWS };
}

/** W3: answers are kept ten minutes, and forgotten by whole minutes. */
export function expireRequests(tx: Transaction, command: ExpireRequests): IndexResult {
  for (const [row] of tx.scan(expiredRequests(tx.partition, command))) tx.remove(row);
  return done;
}
