import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawStatus } from './draw-status.ts';
import { formatBytes } from './draw-table.ts';
import type { StatusOutput } from './status.ts';
import { drawWhere, parseS3Url } from './where.ts';

const whole: StatusOutput = {
  clusterId: 'c1',
  serving: true,
  redundant: true,
  reason: '',
  controlStore: '',
  gateway: { name: 'gateway-1', leads: true },
  settings: { copies: 3, minInSync: 2, minZones: 2, partitions: 128 },
  nodes: [
    {
      name: 'storage-1',
      zone: 'zone-1',
      incarnation: 'i1',
      address: 'unix:/x',
      state: 'up',
      lastSeenMs: 0,
      freeBytes: 2 ** 30,
      totalBytes: 2 ** 31,
      chunkBytes: 1536,
      indexBytes: 0,
      setAside: '',
      scrub: { running: false, finishedMs: 0, healed: 0 },
      partitions: { primary: 43, secondary: 85, learner: 0 },
      places: 128,
      unsettled: 0,
      isEmpty: false,
    },
  ],
  partitions: { total: 128, underReplicated: 0, leaderless: 0, lost: 0, differing: 0 },
  objects: { total: 7, underReplicated: 0 },
  compute: { reason: 'no compute node is connected to this cluster', nodes: [] },
  processes: [{ name: 'storage-1', kind: 'storage-node', state: 'running', pid: 42, restarts: 1, crashes: 1, lastEnd: 'SIGKILL' }],
};

test('the status of a whole cluster', () => {
  assert.equal(
    drawStatus(whole),
    `cluster c1: serving, whole

node       zone    state  pid  restarts  leads  follows  fills   chunks  index  disk free
storage-1  zone-1  up      42         1     43       85      0  1.5 KiB    0 B  1.0 GiB of 2.0 GiB

partitions  128 of 3 copies: 0 under-replicated, 0 without a serving primary
objects     7: 0 under-replicated
gateway     not supervised here
compute     OFF: no compute node is connected to this cluster`,
  );
});

test('what is wrong comes first', () => {
  assert.match(drawStatus({ ...whole, serving: false, reason: 'no primary' }), /^cluster c1: NOT SERVING, no primary\n/);
  assert.match(drawStatus({ ...whole, redundant: false }), /^cluster c1: serving, NOT REDUNDANT/);
  assert.match(drawStatus({ ...whole, objects: { total: 7, underReplicated: 1 } }), /^cluster c1: serving, DEGRADED\n/);
});

test('compute nodes: those that run instances, those that cannot, and those that no gateway hears', () => {
  const process = { kind: 'compute-node', state: 'running', pid: 7, restarts: 0, crashes: 0, lastEnd: '' } as const;
  const node = { zone: 'zone-1', missing: [], running: 2, notRunning: 1, publicCidr: '127.201.0.0/16', progress: ['debian: unpacking'] };
  const drawn = drawStatus({
    ...whole,
    compute: {
      reason: '',
      nodes: [
        { ...node, name: 'compute-1', state: 'up' },
        { ...node, name: 'compute-2', state: 'off', missing: ['root', 'crun'], progress: [] },
      ],
    },
    processes: [
      { ...process, name: 'compute-1' },
      { ...process, name: 'compute-3', state: 'stopped', pid: 0 },
    ],
  });
  assert.equal(
    drawn.slice(drawn.indexOf('compute-1')),
    `compute-1   up, zone-1, 2 instances run, 1 do not, public addresses 127.201.0.0/16, pid 7, 0 restarts
            debian: unpacking
compute-2   OFF: its machine lacks root, crun
compute-3   stopped, not connected, pid 0, 0 restarts`,
  );
});

test('where tells a sound copy from the others', () => {
  const copies = [
    { node: 'storage-1', zone: 'zone-1', state: 'sound' as const },
    { node: 'storage-2', zone: 'zone-2', state: 'damaged' as const },
  ];
  const drawn = drawWhere({
    bucket: 'b',
    key: 'k',
    sizeBytes: 5,
    etag: 'e',
    partition: 3,
    pieces: [{ kind: 'chunk', id: 'ff', offsetBytes: 0, sizeBytes: 5, copies }],
  });
  assert.match(drawn, /chunk ff +0 +5 B +storage-1 \(zone-1\) sound, storage-2 \(zone-2\) DAMAGED/);
});

test('addresses of objects and sizes in words', () => {
  assert.deepEqual(parseS3Url('s3://b/a/b c'), { bucket: 'b', key: 'a/b c' });
  for (const wrong of ['b/k', 's3://b', 's3://b/', 's3:///k']) assert.throws(() => parseS3Url(wrong), { code: 'bad-setting' });
  assert.deepEqual([0, 1023, 1024, 150 * 1024, 2 ** 40].map(formatBytes), ['0 B', '1023 B', '1.0 KiB', '150 KiB', '1.0 TiB']);
});
