// Storage nodes that die, freeze, are cut off and lose their disks, under load.
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { STORED_FILES } from '@pilvi/testcontainers';
import assert from 'node:assert/strict';
import { MultipartUpload } from '../src/multipart-upload.ts';
import { runWritersAndDeleter } from '../src/bucket-deletion.ts';
import { scenariosOn } from '../src/scenario.ts';
import { scrubAll } from '../src/scrub-all.ts';

/** A lease lives for 1 s, and is honoured for 1.25 s. */
const PAST_THE_LEASE_MS = 4_000;
const CUT_MS = 6_000;
const PART_BYTES = 5 * 1024 * 1024;
const MARK = 'look-here-for-the-bit-that-will-flip-';
const MARKED_BYTES = 48 * 1024 * 1024;

const scenario = scenariosOn({ partitions: 16 });

scenario('a primary is killed', { smoke: true }, async ({ cluster, serviceGoesOn }) => {
  for (const name of ['storage-1', 'storage-2']) {
    await cluster.node(name).kill();
    await serviceGoesOn();
    await cluster.node(name).start();
    await cluster.whole();
  }
});

scenario('a node dies during a multipart upload', { smoke: true }, async ({ cluster, load }) => {
  using client = disposable(new S3Client(cluster.s3ClientConfig()));
  const upload = await MultipartUpload.begin(client.s3, { bucket: load.bucket, key: 'large', partBytes: PART_BYTES });
  await upload.sendPart(1);
  const sending = [2, 3, 4].map((part) => upload.sendPart(part));
  await cluster.node('storage-3').kill();
  await Promise.all(sending);
  await upload.sendPart(5);
  await upload.complete();
  await upload.verify();
  await cluster.node('storage-3').start();
  await cluster.whole();
  await upload.verify();
});

scenario('a primary is paused past its lease', { smoke: true }, async ({ cluster, serviceGoesOn }) => {
  const node = cluster.node('storage-2');
  await node.pause();
  await serviceGoesOn();
  await sleep(PAST_THE_LEASE_MS);
  await node.unpause();
  await serviceGoesOn();
});

scenario('a zone is cut off', { smoke: true }, async ({ cluster, serviceGoesOn }) => {
  const inside = cluster.zone('zone-1');
  const outside = cluster.members.map((member) => member.name).filter((name) => !inside.includes(name));
  await using _cut = await cluster.cut(inside, outside);
  await serviceGoesOn();
  await sleep(CUT_MS);
  await serviceGoesOn();
});

scenario('a node is cut from the gateways but not from its peers', {}, async ({ cluster, serviceGoesOn }) => {
  await using _cut = await cluster.cut(
    ['storage-1'],
    cluster.gateways.map((gateway) => gateway.name),
  );
  await serviceGoesOn();
  await sleep(CUT_MS);
  await serviceGoesOn();
});

scenario('a disk is wiped', {}, async ({ cluster, serviceGoesOn }) => {
  const before = await incarnationOf('storage-3');
  await cluster.node('storage-3').wipe();
  await serviceGoesOn();
  await cluster.whole();
  assert.notEqual(await incarnationOf('storage-3'), before, 'it came back as a new member');

  async function incarnationOf(name: string): Promise<string | undefined> {
    return (await cluster.status()).nodes.find((node) => node.name === name)?.incarnation;
  }
});

scenario('bits flip on a disk', { smoke: true }, async ({ cluster, load, serviceGoesOn }) => {
  using client = disposable(new S3Client(cluster.s3ClientConfig()));
  const at = { Bucket: load.bucket, Key: 'marked' };
  // More than LevelDB gathers in memory: what its tables hold is read from the disk.
  const body = Buffer.alloc(MARKED_BYTES, MARK);
  await client.s3.send(new PutObjectCommand({ ...at, Body: body }));
  const node = cluster.node('storage-2');
  const inChunk = await node.flipBit({ files: STORED_FILES.chunks, containing: MARK });
  assert.ok(inChunk !== undefined, 'a piece of the object lies in a table');
  const inLog = await node.flipBit({ files: STORED_FILES.log });
  await serviceGoesOn();
  const mended = await scrubAll(cluster);
  assert.ok(mended.includes('storage-2'), `${JSON.stringify([inChunk, inLog])} is found: ${String(mended)}`);
  await cluster.whole();
  const { Body } = await client.s3.send(new GetObjectCommand(at));
  assert.ok(body.equals((await Body?.transformToByteArray()) ?? new Uint8Array()), 'the object is what it was');
  await serviceGoesOn();
});

scenario('a bucket is deleted while others write to it', { smoke: true }, async ({ cluster }) => {
  using client = disposable(new S3Client(cluster.s3ClientConfig()));
  const outcome = await runWritersAndDeleter(client.s3, 'contended');
  assert.ok(outcome.refused > 0, 'a bucket with objects is not deleted');
  assert.ok(outcome.isDeleted, 'the empty bucket is');
  assert.deepEqual(outcome.lost, [], 'no object that was acknowledged went with its bucket');
});

function disposable(s3: S3Client): Disposable & { readonly s3: S3Client } {
  return { s3, [Symbol.dispose]: () => s3.destroy() };
}
