import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceRecord } from '@pilvi/compute-model';
import type { Logger } from '@pilvi/runtime';
import type { ComputePicture } from './compute-picture.ts';
import { nothingTold, whatToTell } from './tell-node.ts';

const SOUND = {
  instanceId: 'i-00000000000000001',
  nodeId: 'node-1',
  instanceType: 't3.nano',
  generation: 1,
  power: 'running',
  starts: 1,
  reboots: 0,
  shutdownBehavior: 'stop',
  rootVolume: { sizeGib: 1 },
  image: { imageId: 'ami-1', architecture: 'x86_64', source: { kind: 'offered', name: 'busybox' } },
  interfaces: [],
  userData: '',
  launchMs: 1,
  launchIndex: 0,
  metadata: {},
  tags: {},
} as unknown as InstanceRecord;
/** No whole number of bytes. */
const UNSPEAKABLE = { ...SOUND, instanceId: 'i-00000000000000002', rootVolume: { sizeGib: 1 / 3 } } as InstanceRecord;

function pictureOf(...records: InstanceRecord[]): ComputePicture {
  const instances = new Map(
    records.map((record) => [record.instanceId, { record, revision: 1 }]),
  ) as unknown as ComputePicture['instances'];
  return { revision: 1, instances, groups: new Map(), subnets: new Map(), vpcs: new Map() };
}

test('an instance that cannot be put into words is said once, and the others are told', () => {
  const told = nothingTold();
  const said: string[] = [];
  const settings = {
    nodeId: 'node-1',
    region: 'us-east-1',
    endpoint: 'http://pilvi.internal:9000',
    log: {
      error: (fields: { instance: string; err: unknown }) => void said.push(`${fields.instance} ${String(fields.err)}`),
    } as unknown as Logger,
  };
  const tell = (...records: InstanceRecord[]) =>
    whatToTell(pictureOf(...records), told, settings).flatMap(({ body }) => (body?.$case === 'instance' ? [body.value.instanceId] : []));
  assert.deepEqual(tell(UNSPEAKABLE, SOUND), [SOUND.instanceId]);
  assert.deepEqual(tell(UNSPEAKABLE, SOUND), [], 'nothing is told twice');
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /^i-00000000000000002 RangeError/);
  assert.deepEqual(tell({ ...UNSPEAKABLE, rootVolume: SOUND.rootVolume, generation: 2 }), [UNSPEAKABLE.instanceId], 'told when it changed');
});
