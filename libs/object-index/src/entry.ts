import type { PartitionId } from '@pilvi/cluster-map';
import { IndexEntry } from '@pilvi/contracts/index/v1/entry';
import { requestRow } from './evaluate.ts';
import type { Evaluation } from './evaluate.ts';
import type { RowChange } from './rows.ts';
import { frame } from './stored-value.ts';

const FORMAT = 1;

/** What a replicated entry does to a partition. */
export interface DecodedEntry {
  readonly changes: readonly RowChange[];
  readonly objectDelta: number;
}

/** The entry of an evaluation, with the record of its answer in it (W3). `changes` is what it puts and deletes, to be staged. */
export function encodeEntry(input: {
  partition: PartitionId;
  requestId: Buffer;
  nowMs: number;
  evaluation: Evaluation;
}): DecodedEntry & { readonly body: Buffer } {
  const { partition, requestId, nowMs, evaluation } = input;
  const changes = [...evaluation.changes];
  if (requestId.length > 0) {
    const row = requestRow(partition, nowMs, requestId, evaluation.result);
    changes.push({ key: row.key, value: frame(row.message) });
  }
  const message: IndexEntry = { format: FORMAT, puts: [], deletes: [], objectDelta: BigInt(evaluation.objectDelta) };
  for (const { key, value } of changes) {
    if (value === undefined) message.deletes.push(key);
    else message.puts.push({ key, value });
  }
  return { body: Buffer.from(IndexEntry.encode(message).finish()), changes, objectDelta: evaluation.objectDelta };
}

/** The inverse. Throws RangeError for a format this version does not know. */
export function decodeEntry(body: Buffer): DecodedEntry {
  const { format, puts, deletes, objectDelta } = IndexEntry.decode(body);
  if (format !== FORMAT) throw new RangeError(`an index entry of unknown format ${String(format)}`);
  const changes: RowChange[] = [...deletes.map((key) => ({ key, value: undefined })), ...puts];
  return { changes, objectDelta: Number(objectDelta) };
}
