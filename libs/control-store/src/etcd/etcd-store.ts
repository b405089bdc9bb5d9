import assert from 'node:assert/strict';
import { systemClock, systemRandom } from '@pilvi/runtime';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import type { TlsSecurity } from '@pilvi/transport';
import type { ControlStore } from '../control-store.ts';
import { ControlStoreError } from '../errors.ts';
import { openEtcdCalls } from './etcd-calls.ts';
import { grantLease, keepAlive, revokeLease } from './etcd-leases.ts';
import { readKey, readRange } from './etcd-reads.ts';
import { changeKeys } from './etcd-txn.ts';
import { watchKeys } from './etcd-watch.ts';
import { keyspaceOf } from './key-prefix.ts';

export interface EtcdStoreOptions {
  /** `host:port` of each member, TCP with mutual TLS. The order does not matter. */
  readonly endpoints: readonly string[];
  /** Certificates with which etcd and this process know each other. */
  readonly tls: TlsSecurity;
  /** Name that the members' certificates carry; by default the one all certificates of a cluster carry. */
  readonly serverName?: string;
  /** The Pilvi cluster whose data this is: all keys lie under `/pilvi/<cluster>/`, so that one etcd may serve several, and others. */
  readonly cluster: string;
  /** A call that was not answered by then fails. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  readonly random?: Pick<Random, 'fraction'>;
  readonly log?: Logger;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * The control store on etcd (v3 API), for more than one gateway. Resolves when etcd has answered a linearizable read; throws
 * ControlStoreError `unavailable` when it does not, and TransportError when an address or a certificate cannot be used.
 *
 * Every call goes to one member after the other until one answers, once round, so that without a leader it fails at once. A write goes
 * to a second member only if the first surely did nothing. Watches reconnect for ever.
 */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<ControlStore> {
  const { clock = systemClock, random = systemRandom, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  assert.ok(options.endpoints.length > 0, 'etcd has an endpoint');
  const keys = keyspaceOf(options.cluster);
  const closing = new AbortController();
  const calls = openEtcdCalls({ ...options, clock, random, timeoutMs, closing: closing.signal });
  const store: ControlStore = {
    get: (key, signal) => readKey({ calls, keys }, key, signal),
    range: (prefix, rangeOptions = {}) => readRange({ calls, keys }, prefix, rangeOptions),
    txn: (compares, changes, signal) => changeKeys({ calls, keys }, compares, changes, signal),
    watch: (prefix, fromRevision, signal) =>
      watchKeys({ calls, keys, clock, random, log: options.log, closing: closing.signal }, prefix, fromRevision, signal),
    grantLease: (ttlMs) => grantLease({ calls, random }, ttlMs),
    keepAlive: (lease) => keepAlive({ calls }, lease),
    revokeLease: (lease) => revokeLease({ calls }, lease),
    async [Symbol.asyncDispose]() {
      closing.abort(new ControlStoreError('closed', 'the control store is closed'));
      await calls[Symbol.asyncDispose]();
    },
  };
  try {
    await store.range('', { limit: 1 });
    return store;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}
