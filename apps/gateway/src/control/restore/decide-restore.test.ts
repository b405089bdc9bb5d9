import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, incarnation, nodeName, partitionId, proposalId, zone } from '@pilvi/cluster-map';
import type { Incarnation, Member, PartitionConfig } from '@pilvi/cluster-map';
import type { ControlBackup } from '@pilvi/control-store';
import { createSeededRandom } from '@pilvi/runtime';
import { memberKey, partitionKey, REVISION_BASE_KEY, SETTINGS_KEY } from '../../cluster/keys.ts';
import {
  decodeConfig,
  decodeMember,
  decodeSettings,
  encodeBase,
  encodeConfig,
  encodeMember,
  encodeSettings,
} from '../../cluster/stored-form.ts';
import { EPOCH_MARGIN } from './choose-configs.ts';
import { decideRestore } from './decide-restore.ts';
import type { RestoreInput } from './decide-restore.ts';
import type { NodeWord } from './node-word.ts';

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((id) => incarnation(id)) as [Incarnation, Incarnation, Incarnation, Incarnation];
const SETTINGS = { clusterId: 'x', copies: 3, minInSync: 2, minZones: 2, partitions: 1 };
const P = partitionId(0);

function config(at: number, inSync: readonly Incarnation[], learners: readonly Incarnation[] = []): PartitionConfig {
  return {
    ...{ partition: P, epoch: epoch(at), proposal: proposalId(`p${String(at)}`), inSync, learners },
    ...{ primary: inSync[0]!, replicas: [...inSync, ...learners] },
  };
}

function member(node: Incarnation): Member {
  return {
    ...{ incarnation: node, name: nodeName(`storage-${node}`), zone: zone(node), weight: 1, address: `unix:/${node}` },
    ...{ state: 'active', joinedMs: 1, lastSeenMs: 0 },
  };
}

function word(node: Incarnation, held: PartitionConfig | undefined, more: Partial<NodeWord> = {}): NodeWord {
  return {
    ...{ incarnation: node, name: `storage-${node}`, clusterId: 'x', gatewaySessions: 0, highestSeenRevision: 50, mirroredClusterId: '' },
    ...{ settings: undefined, replicas: held === undefined ? [] : [{ config: held, promised: held.epoch }], buckets: [], ...more },
  };
}

const bucket = (name: string, more: object = {}) => ({
  key: `/buckets/${name}`,
  value: Buffer.from(JSON.stringify({ formatVersion: 1, id: `id-${name}`, name, state: 'active', ...more })),
});

function backup(more: ControlBackup['entries'] = [], at = config(5, [A, B, C])): ControlBackup {
  return {
    ...{ clusterId: 'x', revision: 40, takenAt: '2026-01-01T00:00:00.000Z' },
    entries: [
      { key: SETTINGS_KEY, value: encodeSettings(SETTINGS) },
      ...[A, B, C].map((node) => ({ key: memberKey(node), value: encodeMember(member(node)) })),
      { key: partitionKey(P), value: encodeConfig(at) },
      ...more,
    ],
  };
}

function decide(words: readonly NodeWord[], more: Partial<RestoreInput> = {}) {
  return decideRestore({ backup: backup(), words, without: [], acceptLoss: false, isEmbedded: true, ...more }, createSeededRandom(1));
}

function ready(words: readonly NodeWord[], more: Partial<RestoreInput> = {}) {
  const decision = decide(words, more);
  assert.equal(decision.kind, 'ready', JSON.stringify(decision));
  const entries = new Map(decision.entries.map(({ key, value }) => [key, value]));
  return { ...decision, entries, config: decodeConfig(entries.get(partitionKey(P))!) };
}

const SAME = [A, B, C].map((node) => word(node, config(5, [A, B, C])));

test('the newest configuration counts, whoever holds it, at an epoch that nobody was ever told', () => {
  const newer = config(9, [B, C], [A]);
  const promised = word(C, newer, { replicas: [{ config: newer, promised: epoch(12) }] });
  const restored = ready([word(A, config(5, [A, B, C])), word(B, newer), promised]).config;
  assert.deepEqual({ ...restored, proposal: '' }, { ...newer, epoch: 12 + EPOCH_MARGIN, proposal: '' });
  assert.notEqual(restored.proposal, newer.proposal, 'it is no proposal of before (C1)');
});

test('what nobody acted under yet, and the backup has, counts too', () => {
  assert.deepEqual(ready(SAME, { backup: backup([], config(6, [A, B])) }).config.inSync, [A, B]);
});

test('revisions go on above all that were told, with the base of a moved store', () => {
  assert.ok(ready(SAME).revision > 50);
  assert.ok(ready(SAME, { backup: backup([{ key: REVISION_BASE_KEY, value: encodeBase(1e12) }]) }).revision > 1e12);
});

test('it waits for everybody whom the backup or a node knows', () => {
  assert.match(JSON.stringify(decide([])), /wait.*storage-a, storage-b, storage-c must say/);
  assert.match(JSON.stringify(decide(SAME.slice(1))), /wait.*storage-a must say.*--without storage-a/);
  const withNew = [...SAME.slice(0, 2), word(C, config(8, [B, C, D]))];
  assert.match(JSON.stringify(decide(withNew)), /wait.*"d must say/);
  assert.equal(ready([...withNew, word(D, config(8, [B, C, D]))]).config.inSync.length, 3);
});

test('it waits while a gateway may still change something', () => {
  assert.match(
    JSON.stringify(decide([...SAME.slice(1), word(A, config(5, [A, B, C]), { gatewaySessions: 1 })])),
    /wait.*stop all other gateways/,
  );
});

test('one lost node is left out, retired, and may come back; another disk under its name is waited for no more (C6)', () => {
  const restored = ready(SAME.slice(1), { without: ['storage-a'] });
  assert.equal(decodeMember(restored.entries.get(memberKey(A))!).state, 'retired');
  assert.deepEqual(restored.config.inSync, [A, B, C]);
  assert.equal(ready([...SAME.slice(1), word(D, undefined, { name: 'storage-a', clusterId: '' })]).config.inSync.length, 3);
});

test('as many lost nodes as the minimum may have gone on alone: refused, unless the loss is accepted', () => {
  const without = ['storage-a', 'storage-b'];
  assert.match(JSON.stringify(decide(SAME.slice(2), { without })), /refuse.*--accept-loss/);
  assert.match(ready(SAME.slice(2), { without, acceptLoss: true }).findings.join(), /may be lost with storage-a, storage-b/);
  // Those that the newest configuration does not name any more have nothing newer.
  const later = config(9, [C, D]);
  assert.equal(ready([word(C, later), word(D, later)], { without }).config.epoch, 9 + EPOCH_MARGIN);
});

test('a lost node that only a configuration names is entered, so that proposals which keep it are admitted (C2)', () => {
  const named = config(9, [B, C, D]);
  const restored = ready([word(A, undefined), word(B, named), word(C, named)], { without: ['d'] });
  assert.equal(decodeMember(restored.entries.get(memberKey(D))!).state, 'retired');
});

test('copies that were raised since the backup stay raised (I3)', () => {
  const raised = { ...SETTINGS, copies: 3, minInSync: 3 };
  const restored = ready([...SAME.slice(1), word(A, config(5, [A, B, C]), { settings: raised })]);
  assert.equal(decodeSettings(restored.entries.get(SETTINGS_KEY)!).minInSync, 3);
});

test('tokens and marks of the store of before are dropped', () => {
  const more = ['/join-tokens/t', '/control-store/moved'].map((key) => ({ key, value: Buffer.from('{}') }));
  const restored = ready(SAME, { backup: backup(more) });
  for (const { key } of more) assert.equal(restored.entries.has(key), false);
  assert.match(restored.findings.join(), /1 join tokens of the backup were dropped/);
});

test('a bucket that refuses puts is brought to the end of its deletion, by an attempt above all (X2); one without a name is told', () => {
  const held = (id: string, objects: number, sealed: number) => ({
    ...{ id, partitionsWithObjects: objects, sealedPartitions: sealed, deletionAttempt: sealed > 0 ? 4 : 0 },
  });
  const words = SAME.map((w) => ({ ...w, buckets: [held('id-gone', 0, 1), held('id-kept', 1, 0), held('new', 1, 0), held('old', 0, 1)] }));
  const restored = ready(words, { backup: backup([bucket('gone', { deletionAttempts: 1 }), bucket('kept'), bucket('empty')]) });
  const read = (name: string): object => JSON.parse(restored.entries.get(`/buckets/${name}`)!.toString()) as object;
  assert.deepEqual(read('gone'), { formatVersion: 1, id: 'id-gone', name: 'gone', state: 'deleting', deletionAttempts: 4 });
  assert.deepEqual(read('kept'), JSON.parse(bucket('kept').value.toString()));
  assert.deepEqual(
    restored.unknownBuckets.map((b) => b.id),
    ['new'],
  );
  assert.match(restored.findings.join('\n'), /deleted since, or about to be; .*: gone\n.*does not know.*: new/s);
});

test('the backup of another cluster, and data that is not lost, are refused', () => {
  assert.match(JSON.stringify(decide([word(A, undefined, { clusterId: 'y' })])), /refuse.*storage-a belongs to y/);
  const mirrored = SAME.map((w) => ({ ...w, mirroredClusterId: 'x' }));
  assert.match(JSON.stringify(decide(mirrored)), /refuse.*holds a copy/);
  assert.equal(decide(mirrored, { isEmbedded: false }).kind, 'ready', 'on etcd such a copy is of the time before the move');
});
