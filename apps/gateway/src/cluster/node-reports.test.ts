import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, incarnation, partitionId, proposalId } from '@pilvi/cluster-map';
import type { ClusterMap, PartitionConfig } from '@pilvi/cluster-map';
import { Heartbeat } from '@pilvi/contracts/cluster/v1/service';
import { createManualClock } from '@pilvi/runtime';
import { createNodeReports } from './node-reports.ts';

const [A, B] = [incarnation('a'), incarnation('b')];
const config = (primary: typeof A, at: number): PartitionConfig => ({
  partition: partitionId(0),
  epoch: epoch(at),
  proposal: proposalId('p'),
  replicas: [A, B],
  primary,
  inSync: [A, B],
  learners: [],
});
const says = (at: number): Heartbeat =>
  Heartbeat.fromPartial({ partitions: [{ partition: 0, epoch: BigInt(at), role: 'primary', serving: true }] });

function lab() {
  let listener: (map: ClusterMap) => void = () => undefined;
  const maps = {
    current: () => undefined,
    subscribe: (to: (map: ClusterMap) => void) => {
      listener = to;
      return () => undefined;
    },
  };
  const settings = { clusterId: 'c', copies: 2, minInSync: 2, minZones: 1, partitions: 1 };
  const publish = (c: PartitionConfig): void => {
    listener({ revision: c.epoch, settings, members: new Map(), partitions: [c] });
  };
  return { reports: createNodeReports(createManualClock(), maps), publish };
}

test('a primary that changes its replicas is serving, although its word is an epoch behind', () => {
  const { reports, publish } = lab();
  publish(config(A, 5));
  reports.record(A, says(5));
  assert.equal(reports.serves(config(A, 5)), true);
  publish(config(A, 6));
  publish(config(A, 7));
  assert.equal(reports.serves(config(A, 7)), true);
});

test('what was said before another one led does not count', () => {
  const { reports, publish } = lab();
  publish(config(A, 5));
  reports.record(A, says(5));
  publish(config(B, 6));
  assert.equal(reports.serves(config(B, 6)), false);
  publish(config(A, 7));
  assert.equal(reports.serves(config(A, 7)), false);
  reports.record(A, says(7));
  assert.equal(reports.serves(config(A, 7)), true);
});

test('epochs that were not seen may have been of another', () => {
  const { reports, publish } = lab();
  publish(config(A, 5));
  reports.record(A, says(5));
  publish(config(A, 7));
  assert.equal(reports.serves(config(A, 7)), false);
});
