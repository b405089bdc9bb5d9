import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient, digestOf, Ledger, patiently, readBack } from '@pilvi/workload';
import { endAtOnce, startCluster } from './cluster.ts';
import { unsoundPieces } from './unsound-pieces.ts';

const BUCKET = 'anew';
const SIZES = [700, 20_000, 1_500_000];
const OBJECTS = 12;
const WHOLE_MS = 240_000;

/** Two of three nodes begin anew at once: the third has all the data, and the control data must not wait for copies that are no more. */
for (const { what, lose } of [
  { what: 'the rows of two nodes of three are lost, their copies of the control data survive', lose: ['rows'] },
  { what: 'the disks of two nodes of three are lost, their copies of the control data too', lose: [''] },
]) {
  test(`${what}: the cluster serves again, and they are filled from the third`, { timeout: 600_000 }, async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-chaos-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const ledger = new Ledger();
    const write = async (client: ReturnType<typeof createClient>, key: string, size: number): Promise<void> => {
      const body = randomBytes(size);
      await patiently(() => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body })));
      ledger.acknowledged(key, digestOf(body));
    };
    {
      await using cluster = await startCluster({ dataDir });
      const client = createClient(cluster, { maxAttempts: 3, timeoutMs: 30_000 });
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
      for (let i = 0; i < OBJECTS; i++) await write(client, `key-${String(i)}`, SIZES[i % SIZES.length]!);
      await cluster.whole(WHOLE_MS);
      client.destroy();
      // No node may leave what it is in sync with first, as one that is stopped does (L4).
      await endAtOnce(await cluster.pids());
    }
    for (const node of ['storage-1', 'storage-2']) for (const part of lose) await rm(join(dataDir, node, part), { recursive: true });
    await using cluster = await startCluster({ dataDir });
    const client = createClient(cluster, { maxAttempts: 3, timeoutMs: 30_000 });
    assert.deepEqual(await readBack(client, BUCKET, ledger), { lost: [], unreadable: [] });
    await write(client, 'afterwards', 900);
    await cluster.whole(WHOLE_MS);
    assert.deepEqual(await unsoundPieces(cluster, { bucket: BUCKET, keys: ledger.keys(), copies: 3 }), []);
    client.destroy();
  });
}
