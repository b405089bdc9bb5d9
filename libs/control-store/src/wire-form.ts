import type { ControlCommit, MirrorSnapshot } from '@pilvi/contracts/control/v1/mirror';
import type { Commit } from './commit.ts';
import type { SnapshotPart } from './mirror.ts';
import { ownCopy } from './own-copy.ts';

/** Commits and snapshots as the contracts have them: for the wire and for the log. */
export function commitToWire(commit: Commit): ControlCommit {
  return {
    revision: BigInt(commit.revision),
    changes: commit.changes.map((change) =>
      change.kind === 'put'
        ? { key: Buffer.from(change.key), value: change.value, deleted: false, lease: BigInt(change.lease) }
        : { key: Buffer.from(change.key), value: Buffer.alloc(0), deleted: true, lease: 0n },
    ),
  };
}

export function commitFromWire(commit: ControlCommit): Commit {
  return {
    revision: Number(commit.revision),
    changes: commit.changes.map((change) =>
      change.deleted
        ? { kind: 'delete', key: change.key.toString() }
        : { kind: 'put', key: change.key.toString(), value: ownCopy(change.value), lease: Number(change.lease) },
    ),
  };
}

export function partToWire(part: SnapshotPart): MirrorSnapshot {
  return {
    clusterId: part.clusterId,
    writerTerm: BigInt(part.writerTerm),
    revision: BigInt(part.revision),
    done: part.done,
    keys: part.entries.map((entry) => ({
      key: Buffer.from(entry.key),
      value: entry.value,
      createRevision: BigInt(entry.createRevision),
      modRevision: BigInt(entry.modRevision),
      version: BigInt(entry.version),
      lease: BigInt(entry.lease),
    })),
  };
}

export function partFromWire(part: MirrorSnapshot): SnapshotPart {
  return {
    clusterId: part.clusterId,
    writerTerm: Number(part.writerTerm),
    revision: Number(part.revision),
    done: part.done,
    entries: part.keys.map((key) => ({
      key: key.key.toString(),
      value: ownCopy(key.value),
      createRevision: Number(key.createRevision),
      modRevision: Number(key.modRevision),
      version: Number(key.version),
      lease: Number(key.lease),
    })),
  };
}
