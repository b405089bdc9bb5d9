import { after, describe, test } from 'node:test';
import { KVClient } from '@pilvi/contracts/etcd/rpc';
import type { CompactionResponse } from '@pilvi/contracts/etcd/rpc';
import { systemClock } from '@pilvi/runtime';
import { callUnary, dial } from '@pilvi/transport';
import { testControlStore } from '../compliance.ts';
import type { OpenStore } from '../compliance.ts';
import { openEtcdStore } from './etcd-store.ts';
import { NO_ETCD, startEtcdCluster } from './testing/etcd-cluster.ts';
import type { EtcdCluster } from './testing/etcd-cluster.ts';

/** Disks and processors of test machines stall: neither a call nor a leader is given up for that here. */
const PATIENT = { timeoutMs: 30_000, electionTimeoutMs: 3_000 };

/** The same suite as for the other engines, against real processes. Each check has keys of its own. */
describe('etcd', { concurrency: 2, skip: NO_ETCD }, () => {
  for (const memberCount of [1, 3]) {
    const name = `etcd, members: ${String(memberCount)}`;
    // One check at a time: revisions are etcd's, not the keyspace's.
    describe(name, { concurrency: 1 }, () => {
      let cluster: Promise<EtcdCluster> | undefined;
      after(async () => (await cluster)?.[Symbol.asyncDispose]());
      testControlStore(name, async () => openFor(await (cluster ??= startEtcdCluster(memberCount, PATIENT))));
    });
  }
});

if (NO_ETCD !== false) test('etcd', { skip: NO_ETCD }, () => {});

let stores = 0;

async function openFor(cluster: EtcdCluster): ReturnType<OpenStore> {
  const store = await openEtcdStore({ ...cluster, cluster: `c${String(++stores)}`, timeoutMs: PATIENT.timeoutMs });
  return {
    store,
    pass: (ms) => systemClock.sleep(ms),
    // To compact at R is to forget what is below it.
    compactBelow: (revision) => compact(cluster, revision - 1),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function compact(cluster: EtcdCluster, revision: number): Promise<void> {
  await using channel = dial({ address: cluster.endpoints[0]!, security: cluster.tls });
  const client = channel.client(KVClient);
  await callUnary<CompactionResponse>((metadata, options, done) =>
    client.compact({ revision: BigInt(revision), physical: true }, metadata, options, done),
  );
}
