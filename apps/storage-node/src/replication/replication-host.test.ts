import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configFromProto, epoch, incarnation, nodeName, partitionId, proposalId, zone } from '@pilvi/cluster-map';
import type { ClusterMap, ClusterMapSource, Member, PartitionConfig } from '@pilvi/cluster-map';
import { DEFAULT_TIMINGS } from '@pilvi/replication';
import { createMemoryLogDisk, openMemoryReplicationLog } from '@pilvi/replication-log';
import { createManualClock, createSeededRandom, createSupervisor, silentLogger } from '@pilvi/runtime';
import { TermEnded } from '../index/partition-host.ts';
import { createReplicationHost } from './replication-host.ts';

const P = partitionId(3);
const [self, other] = [incarnation('self'), incarnation('other')];
const settings = { clusterId: 'c', copies: 1, minInSync: 1, minZones: 1, partitions: 16 };
const INSTALLED = { epoch: epoch(4), seq: 203, hash: 7 };

function unexpected(what: unknown): never {
  throw new Error(`did not expect ${String(what)}`);
}

function memberOf(id: typeof self): Member {
  return { incarnation: id, name: nodeName(id), zone: zone('z'), weight: 1, address: id, state: 'active', joinedMs: 0, lastSeenMs: 0 };
}

function config(at: number, change: Partial<PartitionConfig>): PartitionConfig {
  const proposal = proposalId(`p${String(at)}`);
  return { partition: P, epoch: epoch(at), proposal, replicas: [self], primary: other, inSync: [other], learners: [], ...change };
}

/** A node that holds nothing yet, and whose gateways agree to all that it proposes. */
function lonelyHost() {
  const clock = createManualClock();
  const supervisor = createSupervisor({ log: silentLogger, clock, random: createSeededRandom(1), onFatal: unexpected });
  let tell: (map: ClusterMap) => void = () => undefined;
  const maps: ClusterMapSource = { current: () => undefined, subscribe: (told) => ((tell = told), () => undefined) };
  const decide = (next: PartitionConfig): void => {
    const members = new Map([self, other].map((id) => [id, memberOf(id)]));
    tell({ revision: next.epoch, settings, members, partitions: Array.from({ length: P + 1 }, (_, i) => (i === P ? next : undefined)) });
  };
  const applied: number[] = [];
  const host = createReplicationHost({ self, timings: DEFAULT_TIMINGS, nextProposalId: () => proposalId('mine') }, [], {
    ...{ clock, maps, supervisor, logger: silentLogger, log: openMemoryReplicationLog(createMemoryLogDisk()) },
    state: {
      commit: (_core, _partition, through) => applied.push(through),
      discardAbove() {},
      noteAppended() {},
      neededFrom: () => undefined,
    },
    ...{ send() {}, sendSnapshot() {}, onRoleChange() {}, onLeave: unexpected, onFatal: unexpected },
    proposeConfig: ({ config: proposed }) => setImmediate(() => proposed !== undefined && decide(configFromProto(proposed))),
  });
  return { host, decide, clock, applied, [Symbol.asyncDispose]: () => supervisor.shutdown() };
}

test('what a snapshot brought counts as committed when its node leads', { timeout: 10_000 }, async () => {
  await using node = lonelyHost();
  const { host, decide } = node;
  decide(config(5, { learners: [self] }));
  // Asked for while nothing has committed here.
  await host.committed(P, 0);
  assert.equal(await host.beginSnapshot({ partition: P, from: other, epoch: epoch(5), feed: 1, base: INSTALLED }), true);
  host.dispatch({ kind: 'snapshot-installed', partition: P });
  await assert.rejects(host.settled(P), TermEnded, 'it does not serve yet');
  decide(config(6, { inSync: [self], primary: self }));
  for (let i = 0; i < 100 && host.serving(P) === undefined; i++) await node.clock.advance(20);
  assert.equal(host.lastSeq(P), INSTALLED.seq);
  // No entry comes after it: nothing else says that it has committed.
  await host.settled(P);
  assert.deepEqual(node.applied, []);
});
