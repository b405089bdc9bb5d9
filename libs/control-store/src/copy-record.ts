import { ControlCommit, MirrorSnapshot } from '@pilvi/contracts/control/v1/mirror';
import type { LogRecord, StoredRecord } from '@pilvi/replication-log';
import type { Commit } from './commit.ts';
import { ControlStoreError } from './errors.ts';
import type { SnapshotPart } from './mirror.ts';
import { commitFromWire, commitToWire, partFromWire, partToWire } from './wire-form.ts';

/** What a copy's log holds. */
export type CopyRecord =
  /** A commit, written by the gateway of this term. */
  | { readonly kind: 'commit'; readonly term: number; readonly commit: Commit }
  /** Part of a snapshot; the first begins it, the one with `done` makes it count. */
  | { readonly kind: 'snapshot'; readonly contentTerm: number; readonly first: boolean; readonly part: SnapshotPart }
  /** The copy's id. It lies in the log and nowhere else: whoever loses what the copy held loses its id, too. */
  | { readonly kind: 'named'; readonly id: string }
  /** The highest writer term and revision that were heard of. */
  | { readonly kind: 'heard'; readonly writerTerm: number; readonly seenRevision: number };

const KIND = { commit: 1, snapshot: 2, heard: 3, named: 4 } as const;
const FORMAT_VERSION = 1;
/** [format version u8][first u8][number u64][number u64], then the message of a commit or a snapshot. */
const HEAD_BYTES = 18;

export function encodeCopyRecord(record: CopyRecord): LogRecord {
  switch (record.kind) {
    case 'commit':
      return logRecord('commit', head(record.term, 0), ControlCommit.encode(commitToWire(record.commit)).finish());
    case 'snapshot':
      return logRecord('snapshot', head(record.contentTerm, 0, record.first), MirrorSnapshot.encode(partToWire(record.part)).finish());
    case 'named':
      return logRecord('named', head(0, 0), Buffer.from(record.id));
    case 'heard':
      return logRecord('heard', head(record.writerTerm, record.seenRevision));
  }
}

/** Throws ControlStoreError `unavailable` for a record of another version: it is refused, not misread. */
export function decodeCopyRecord({ kind, body }: StoredRecord): CopyRecord {
  if (body[0] !== FORMAT_VERSION) {
    throw new ControlStoreError(
      'unavailable',
      `the control data has a record of format ${String(body[0])}; this version reads ${String(FORMAT_VERSION)}`,
    );
  }
  const first = body[1] === 1;
  const a = Number(body.readBigUInt64BE(2));
  const b = Number(body.readBigUInt64BE(10));
  const message = body.subarray(HEAD_BYTES);
  switch (kind) {
    case KIND.commit:
      return { kind: 'commit', term: a, commit: commitFromWire(ControlCommit.decode(message)) };
    case KIND.snapshot:
      return { kind: 'snapshot', contentTerm: a, first, part: partFromWire(MirrorSnapshot.decode(message)) };
    case KIND.named:
      return { kind: 'named', id: message.toString() };
    case KIND.heard:
      return { kind: 'heard', writerTerm: a, seenRevision: b };
    default:
      throw new ControlStoreError('unavailable', `the control data has a record of the unknown kind ${String(kind)}`);
  }
}

function logRecord(kind: keyof typeof KIND, ...body: Uint8Array[]): LogRecord {
  return { kind: KIND[kind], partition: 0, body };
}

function head(a: number, b: number, first = false): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes[0] = FORMAT_VERSION;
  bytes[1] = first ? 1 : 0;
  bytes.writeBigUInt64BE(BigInt(a), 2);
  bytes.writeBigUInt64BE(BigInt(b), 10);
  return bytes;
}
