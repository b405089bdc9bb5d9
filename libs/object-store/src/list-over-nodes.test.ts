import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSeededRandom, systemClock } from '@pilvi/runtime';
import { partitionId } from '@pilvi/cluster-map';
import { RefusalCode } from '@pilvi/contracts/index/v1/service';
import { createRoutedIndexClient } from './routed-index-client.ts';
import { BUCKET } from './testing/bodies.ts';
import { smallPut } from './testing/commands.ts';
import { createFakeCluster } from './testing/fake-cluster.ts';

const keys = fc.uniqueArray(fc.stringMatching(/^[ab/é\u{ffee}\u{1f600}]{1,5}$/u), { maxLength: 40 });

/** What a listing must show, by the plainest means. */
function expected(all: readonly string[], prefix: string, delimiter: string): string[] {
  const shown = new Set<string>();
  for (const key of all) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    shown.add(at < 0 ? key : `${key.slice(0, at + 1)}*`);
  }
  return [...shown].sort((a, b) => Buffer.compare(Buffer.from(a.replace(/\*$/, '')), Buffer.from(b.replace(/\*$/, ''))));
}

test('pages of any size over many nodes, some refusing and moving, are the sorted keys with their common prefixes once', async () => {
  await fc.assert(
    fc.asyncProperty(
      keys,
      fc.constantFrom('', 'a', 'a/'),
      fc.constantFrom('', '/'),
      fc.integer({ min: 1, max: 7 }),
      fc.integer(),
      async (all, prefix, delimiter, limit, seed) => {
        const cluster = createFakeCluster({ partitions: 16 });
        const random = createSeededRandom(seed);
        using client = createRoutedIndexClient({
          map: cluster.map,
          sessions: cluster.sessions,
          clock: systemClock,
          random,
          settings: { retryFirstMs: 1 },
        });
        for (const key of all) await client.execute(client.partitionOf(BUCKET, key), smallPut(key, 'x'));
        cluster.fault = () => {
          const dice = random.fraction();
          if (dice < 0.05) cluster.failOver(partitionId(Math.floor(random.fraction() * 16)));
          return dice > 0.9 ? RefusalCode.UNAVAILABLE : dice > 0.85 ? 'drop' : 'none';
        };
        const shown: string[] = [];
        for (let startAfter = '', truncated = true; truncated;) {
          const page = await client.list({ bucket: BUCKET, prefix, delimiter, startAfter, limit });
          assert.ok(page.entries.length <= limit);
          if (page.truncated) assert.equal(page.entries.length, limit);
          shown.push(...page.entries.map((entry) => (entry.commonPrefix ? `${entry.key}*` : entry.key)));
          startAfter = page.entries.at(-1)?.key ?? '';
          truncated = page.truncated;
        }
        assert.deepEqual(shown, expected(all, prefix, delimiter));
      },
    ),
    { numRuns: 120 },
  );
});

test('uploads of one key are listed in the order of their ids, over pages', async () => {
  const cluster = createFakeCluster({ partitions: 16 });
  using client = createRoutedIndexClient({
    map: cluster.map,
    sessions: cluster.sessions,
    clock: systemClock,
    random: createSeededRandom(1),
  });
  const made: string[] = [];
  for (const key of ['b', 'a', 'c/1', 'c/2', 'd']) {
    for (const uploadId of ['2', '1', '3']) {
      const upload = {
        uploadId,
        key,
        initiatedMs: 0n,
        metadata: undefined,
        tags: [],
        checksumAlgorithm: 0,
        checksumComposite: false,
        ownerId: '',
      } as const;
      await client.execute(client.partitionOf(BUCKET, key), {
        op: { $case: 'createUpload', value: { bucketId: BUCKET, key, upload: { ...upload, tags: [] } } },
      });
      if (!key.startsWith('c/')) made.push(`${key} ${uploadId}`);
    }
  }
  made.push('c/ ');
  const shown: string[] = [];
  for (let keyMarker = '', uploadIdMarker = '', truncated = true; truncated;) {
    const page = await client.listUploads({ bucket: BUCKET, prefix: '', delimiter: '/', keyMarker, uploadIdMarker, limit: 2 });
    for (const { upload, commonPrefix } of page.entries) {
      shown.push(`${upload?.key ?? commonPrefix} ${upload?.uploadId ?? ''}`);
      keyMarker = upload?.key ?? commonPrefix;
      uploadIdMarker = upload?.uploadId ?? '';
    }
    truncated = page.truncated;
  }
  assert.deepEqual(shown, made.sort());
});

test('most pages cost one request per node', async () => {
  const cluster = createFakeCluster({ partitions: 32 });
  using client = createRoutedIndexClient({
    map: cluster.map,
    sessions: cluster.sessions,
    clock: systemClock,
    random: createSeededRandom(1),
  });
  for (let n = 0; n < 1_500; n++) await client.execute(client.partitionOf(BUCKET, `key-${n}`), smallPut(`key-${n}`, 'x'));
  cluster.seen.length = 0;
  const page = await client.list({ bucket: BUCKET, prefix: '', delimiter: '', startAfter: '', limit: 1_000 });
  assert.equal(page.entries.length, 1_000);
  assert.equal(cluster.seen.length, 3);
});
