import { bucketId } from '@pilvi/cluster-map';
import type { DeleteObject, IndexResult } from '@pilvi/contracts/index/v1/command';
import { repairKey, inlineKey, objectKey } from './row-keys.ts';
import { extentsOf } from './extents.ts';
import { done, readObject } from './transaction.ts';
import type { Transaction } from './transaction.ts';
import { checkCondition } from './write-condition.ts';

/** Removes an object; what is not there is no error, as in S3, whatever the condition. Its chunks become garbage in the same batch (K3). */
export function deleteObject(tx: Transaction, command: DeleteObject): IndexResult {
  const bucket = bucketId(command.bucketId);
  const present = readObject(tx, bucket, command.key);
  if (present === undefined) return done;
  const refused = checkCondition(command.condition, present);
  if (refused !== undefined) return refused;
  const row = objectKey(tx.partition, bucket, command.key);
  tx.remove(row);
  if (present.layout?.kind?.$case === 'inline' && present.sizeBytes > 0n) tx.remove(inlineKey(tx.partition, bucket, command.key));
  if (extentsOf(present.layout).length > 0) tx.remove(repairKey(tx.partition, row));
  tx.discard(present.layout);
  tx.countObjects(-1);
  return done;
}
