import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, incarnation, partitionId, proposalId } from '@pilvi/cluster-map';
import { PeerRequest, PeerResponse } from '@pilvi/contracts/replication/v1/peer';
import { EntryRecord } from '@pilvi/contracts/replication/v1/log';
import { makeEntry } from '../entry.ts';
import type { PeerRequest as CoreRequest, PeerResponse as CoreResponse, PersistRecord } from '../types.ts';
import { requestFromProto, requestToProto, responseFromProto, responseToProto } from './peer-form.ts';
import { decodeRecord, encodeRecord } from './record-form.ts';

const partition = partitionId(7);
const config = {
  partition,
  epoch: epoch(3),
  proposal: proposalId('p'),
  replicas: [incarnation('a'), incarnation('b')],
  primary: incarnation('a'),
  inSync: [incarnation('a')],
  learners: [incarnation('b')],
};
const entry = makeEntry(epoch(2), 5, 0xfffffffe, Buffer.from('body'));
const base = { epoch: epoch(2), seq: 4, hash: 0xfffffffe };

test('every request survives the wire', () => {
  const requests: CoreRequest[] = [
    {
      kind: 'beacon',
      sentMs: 1.25,
      reachesGateway: true,
      stopping: false,
      leads: [{ partition, epoch: epoch(3), commit: 5, commitHash: entry.hash }],
      configs: [config],
    },
    {
      kind: 'prepare',
      partition,
      epoch: epoch(3),
      feed: 9,
      config: undefined,
      prevSeq: 4,
      prevHash: base.hash,
      entries: [entry],
      commit: 4,
    },
    { kind: 'prepare', partition, epoch: epoch(3), feed: 9, config, prevSeq: 4, prevHash: base.hash, entries: [], commit: 4 },
    { kind: 'collect', partition, epoch: epoch(3), config, above: 4 },
    { kind: 'release', partition, epoch: epoch(3) },
  ];
  for (const request of requests) {
    const bytes = Buffer.from(PeerRequest.encode(requestToProto(request)).finish());
    assert.deepEqual(requestFromProto(PeerRequest.decode(bytes)), request);
  }
});

test('every response survives the wire', () => {
  const responses: CoreResponse[] = [
    { kind: 'beacon-ack', sentMs: 1.25, agreed: [{ partition, epoch: epoch(3) }] },
    { kind: 'ack', partition, epoch: epoch(3), feed: 9, seq: 5 },
    { kind: 'gap', partition, epoch: epoch(3), feed: 9, commit: 2, lastEpoch: epoch(2), lastSeq: 7 },
    { kind: 'newer', config },
    { kind: 'collected', partition, epoch: epoch(3), base, lastEpoch: epoch(2), lastSeq: 5, commit: 4, entries: [entry] },
  ];
  for (const response of responses) {
    const bytes = Buffer.from(PeerResponse.encode(responseToProto(response)).finish());
    assert.deepEqual(responseFromProto(PeerResponse.decode(bytes)), response);
  }
});

test('every record survives the disk, and an unknown format is refused', () => {
  const records: PersistRecord[] = [
    { kind: 'entry', partition, entry },
    { kind: 'truncate', partition, afterSeq: 4 },
    { kind: 'config', partition, config, promised: epoch(4) },
    { kind: 'base', partition, base },
  ];
  for (const record of records) assert.deepEqual(decodeRecord(record.kind, partition, Buffer.from(encodeRecord(record))), record);
  assert.throws(() => decodeRecord('entry', partition, EntryRecord.encode({ format: 2, entry: undefined }).finish()), RangeError);
});
