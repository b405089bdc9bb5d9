import assert from 'node:assert/strict';
import { Event_EventType } from '@pilvi/contracts/etcd/kv';
import type { Event, KeyValue as StoredKeyValue } from '@pilvi/contracts/etcd/kv';
import type { ResponseHeader } from '@pilvi/contracts/etcd/rpc';
import type { KeyValue, WatchEvent } from '../control-store.ts';
import type { EtcdKeyspace } from './key-prefix.ts';

/** A key as the store's users see it. Revisions and our own lease ids are far below 2^53. */
export function entryFromWire(keys: EtcdKeyspace, stored: StoredKeyValue): KeyValue {
  return {
    key: keys.decode(stored.key),
    // A copy: the slice would hold the whole answer in memory.
    value: Buffer.from(stored.value),
    createRevision: Number(stored.createRevision),
    modRevision: Number(stored.modRevision),
    version: Number(stored.version),
    lease: Number(stored.lease),
  };
}

/** A change as a watch tells it. */
export function eventFromWire(keys: EtcdKeyspace, event: Event): WatchEvent {
  assert.ok(event.kv !== undefined, 'an event of etcd names its key');
  const entry = entryFromWire(keys, event.kv);
  switch (event.type) {
    case Event_EventType.PUT:
      return { kind: 'put', entry };
    case Event_EventType.DELETE:
      return { kind: 'delete', key: entry.key, modRevision: entry.modRevision };
  }
}

/** The revision of an answer. */
export function revisionOf(header: ResponseHeader | undefined): number {
  assert.ok(header !== undefined, 'an answer of etcd has a header');
  return Number(header.revision);
}
