import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ClassicLevel } from 'classic-level';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, digestOf, Ledger, patiently, readBack } from '@pilvi/workload';
import { askSocket } from './ask-socket.ts';
import { startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { unsoundPieces } from './unsound-pieces.ts';

const BUCKET = 'digests';
const VICTIM = 'storage-2';
const OBJECTS = 12;
const WHOLE_MS = 240_000;
const LOOK_EVERY_MS = 200;
/** Of the objects' rows, the third byte of their keys (libs/object-index/src/row-keys.ts). */
const OBJECT_TABLE = 1;

/** D4: absence has no checksum. The row is gone from one node's LevelDB, whose files are sound. */
test(
  'a row that is silently gone from one node is noticed when it is written again, or by a scrub, and healed',
  { timeout: 900_000 },
  async () => {
    await using cluster = await startCluster({ env: { PILVI_COMPARE_DIGESTS_EVERY_MS: '500' } });
    const client = createClient(cluster, { maxAttempts: 8, timeoutMs: 20_000 });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const ledger = new Ledger();
    const write = async (key: string): Promise<void> => {
      const body = randomBytes(800);
      await patiently(() => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body })));
      ledger.acknowledged(key, digestOf(body));
    };
    for (let i = 0; i < OBJECTS; i++) await write(`key-${String(i)}`);
    const wholeAndSound = async (): Promise<void> => {
      await cluster.whole(WHOLE_MS);
      assert.deepEqual(await readBack(client, BUCKET, ledger), { lost: [], unreadable: [] });
      assert.deepEqual(await unsoundPieces(cluster, { bucket: BUCKET, keys: ledger.keys(), copies: 3 }), []);
      assert.equal((await cluster.status()).partitions.differing, 0);
    };
    const noticedBy: { key: string; act: () => Promise<unknown> }[] = [
      { key: 'key-3', act: () => write('key-3') },
      { key: 'key-7', act: () => askSocket(join(cluster.dataDir, 'run', 'gateway-1-admin.sock'), 'POST', '/_pilvi/scrub') },
    ];
    for (const { key, act } of noticedBy) {
      await cluster.whole(WHOLE_MS);
      const before = await incarnationOf(cluster);
      await control(cluster, 'stop');
      await removeRow(join(cluster.dataDir, VICTIM, 'rows'), key);
      await control(cluster, 'start');
      await cluster.whole(WHOLE_MS);
      assert.equal(await incarnationOf(cluster), before, 'nothing could be noticed yet');
      await act();
      const untilMs = performance.now() + WHOLE_MS;
      while ([before, undefined].includes(await incarnationOf(cluster))) {
        assert.ok(performance.now() < untilMs, `the node without the row of ${key} goes on`);
        await sleep(LOOK_EVERY_MS);
      }
      await wholeAndSound();
    }
    client.destroy();
  },
);

function control(cluster: Cluster, what: 'stop' | 'start'): Promise<unknown> {
  return askSocket(join(cluster.dataDir, 'run', 'up.sock'), 'POST', `/processes/${VICTIM}/${what}`);
}

/** Undefined while no gateway answers. */
async function incarnationOf(cluster: Cluster): Promise<string | undefined> {
  const status = await cluster.status().catch(() => undefined);
  return status?.nodes.find((node) => node.name === VICTIM)?.incarnation;
}

async function removeRow(directory: string, key: string): Promise<void> {
  const rows = new ClassicLevel<Buffer, Buffer>(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer', compression: false });
  const found = (await rows.keys().all()).filter((row) => row[2] === OBJECT_TABLE && row.includes(`${key}\0`));
  assert.equal(found.length, 1);
  await rows.del(found[0]!, { sync: true });
  await rows.close();
}
