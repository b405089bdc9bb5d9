import assert from 'node:assert/strict';
import { Compare_CompareResult, Compare_CompareTarget } from '@pilvi/contracts/etcd/rpc';
import type { Compare as StoredCompare, RequestOp, TxnRequest, TxnResponse } from '@pilvi/contracts/etcd/rpc';
import type { Change, Compare, TxnResult } from '../control-store.ts';
import { callEtcd } from './etcd-calls.ts';
import type { EtcdCalls } from './etcd-calls.ts';
import { revisionOf } from './etcd-form.ts';
import type { EtcdKeyspace } from './key-prefix.ts';

/** ControlStore.txn. One that changes nothing may be asked of several members; one that changes something is never sent twice. */
export async function changeKeys(
  { calls, keys }: { calls: EtcdCalls; keys: EtcdKeyspace },
  compares: readonly Compare[],
  changes: readonly Change[],
  signal?: AbortSignal,
): Promise<TxnResult> {
  assert.equal(new Set(changes.map((c) => c.key)).size, changes.length, 'a transaction changes a key once');
  const request: TxnRequest = {
    compare: compares.map((compare) => compareToWire(keys, compare)),
    success: changes.map((change) => changeToWire(keys, change)),
    failure: [],
  };
  const send = calls[changes.length === 0 ? 'read' : 'write'];
  const response = await send(
    (member, attempt) => callEtcd<TxnResponse>((metadata, options, done) => member.kv.txn(request, metadata, options, done), attempt),
    signal,
  );
  return { succeeded: response.succeeded, revision: revisionOf(response.header) };
}

function compareToWire(keys: EtcdKeyspace, { key, modRevision }: Compare): StoredCompare {
  return {
    key: keys.encode(key),
    result: Compare_CompareResult.EQUAL,
    target: Compare_CompareTarget.MOD,
    targetUnion: { $case: 'modRevision', value: BigInt(modRevision) },
  };
}

function changeToWire(keys: EtcdKeyspace, change: Change): RequestOp {
  const key = keys.encode(change.key);
  switch (change.kind) {
    case 'put':
      // A copy: the caller may use its buffer again before the request is written.
      return { request: { $case: 'requestPut', value: { key, value: Buffer.from(change.value), lease: BigInt(change.lease ?? 0) } } };
    case 'delete':
      return { request: { $case: 'requestDeleteRange', value: { key, rangeEnd: Buffer.alloc(0) } } };
  }
}
