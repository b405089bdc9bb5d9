import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexResult } from '@pilvi/contracts/index/v1/command';
import { IntentRecord, RepairRecord } from '@pilvi/contracts/index/v1/record';
import type { Extent, Layout } from '@pilvi/contracts/index/v1/record';
import { intentKey, repairKey } from './row-keys.ts';
import { unframe } from './stored-value.ts';
import { failure } from './transaction.ts';
import type { Placement, Transaction } from './transaction.ts';

export function extentsOf(layout: Layout | undefined): Extent[] {
  return layout?.kind?.$case === 'chunked' ? layout.kind.value.extents : [];
}

/** K1: refused, retriably, unless enough holders in enough zones are among the present replicas. */
export function checkHolders(placement: Placement, layout: Layout | undefined): IndexResult | undefined {
  for (const extent of extentsOf(layout)) {
    const present = placement.replicas.filter((r) => extent.holders.includes(r.incarnation));
    const zones = new Set(present.map((r) => r.zone)).size;
    if (present.length < placement.minCopies || zones < placement.minZones) {
      return failure(IndexFailureCode.HOLDERS_STALE, `${String(present.length)} holders in ${String(zones)} zones are present replicas`);
    }
  }
  return undefined;
}

/** Whether every replica of the partition holds every chunk, and nobody else is said to. */
export function fullyHeld(placement: Placement, layout: Layout | undefined): boolean {
  return extentsOf(layout).every(
    ({ holders }) => holders.length === placement.replicas.length && placement.replicas.every((r) => holders.includes(r.incarnation)),
  );
}

/** K1: the repair intent for what is missing is in the same batch as the commit. */
export function noteRepair(tx: Transaction, row: Buffer, layout: Layout | undefined): void {
  const key = repairKey(tx.partition, row);
  if (fullyHeld(tx.placement, layout)) tx.remove(key);
  else tx.put(key, RepairRecord.encode({ sinceMs: BigInt(tx.nowMs) }).finish());
}

/** K2: the commit is conditional on the intent being open, and closes it. */
export function closeIntent(tx: Transaction, intentId: Buffer): IndexResult | undefined {
  if (intentId.length === 0) return undefined;
  const key = intentKey(tx.partition, intentId);
  const value = tx.get(key);
  if (value === undefined || IntentRecord.decode(unframe(value)).aborted)
    return failure(IndexFailureCode.INTENT_CLOSED, 'the upload was fenced');
  tx.remove(key);
  return undefined;
}
