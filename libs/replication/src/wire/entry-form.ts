import { epoch } from '@pilvi/cluster-map';
import type * as proto from '@pilvi/contracts/replication/v1/peer';
import type { LogBase, LogEntry } from '../types.ts';

export function entryToProto(entry: LogEntry): proto.Entry {
  return { epoch: BigInt(entry.epoch), seq: BigInt(entry.seq), prevHash: entry.prevHash, hash: entry.hash, body: entry.body };
}

export function entryFromProto(entry: proto.Entry): LogEntry {
  return { epoch: epoch(Number(entry.epoch)), seq: Number(entry.seq), prevHash: entry.prevHash, hash: entry.hash, body: entry.body };
}

export function baseToProto(base: LogBase): proto.LogBase {
  return { epoch: BigInt(base.epoch), seq: BigInt(base.seq), hash: base.hash };
}

export function baseFromProto(base: proto.LogBase | undefined): LogBase {
  return base === undefined
    ? { epoch: epoch(0), seq: 0, hash: 0 }
    : { epoch: epoch(Number(base.epoch)), seq: Number(base.seq), hash: base.hash };
}
