import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IndexCommand } from '@pilvi/contracts/index/v1/command';
import { createManualClock, createSeededRandom, createSupervisor, silentLogger, systemClock, systemRandom } from '@pilvi/runtime';
import { createInMemoryCloud } from './memory-cloud.ts';
import type { InMemoryCloud } from './memory-cloud.ts';
import type { IncomingBody } from './object-store.ts';
import { openIntent } from './upload-intent.ts';
import { DEFAULT_OBJECT_STORE_SETTINGS } from './settings.ts';
import { BUCKET, bodyOf, putInput } from './testing/bodies.ts';

const DATA = createSeededRandom(3).bytes(2_000);
const SETTINGS = { inlineMaxBytes: 64, chunkSizeBytes: 256, placePatienceMs: 50 };

type Case = NonNullable<IndexCommand['op']>['$case'];

function record(cloud: InMemoryCloud): Case[] {
  const seen: Case[] = [];
  cloud.index.interfere = (command) => void (command.op !== undefined && seen.push(command.op.$case));
  return seen;
}

function chunksStored(cloud: InMemoryCloud): number {
  return cloud.chunks.nodes.reduce((sum, node) => sum + node.chunks.size, 0);
}

/** The first two chunks, then what `end` does. */
function interrupted(end: () => void): IncomingBody {
  async function* bytes(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(DATA.subarray(0, 512));
    end();
    yield DATA.subarray(512);
  }
  return { ...bodyOf(DATA), bytes: bytes() };
}

test('K2: no chunk is stored before the intent is committed, and the commit comes after the last chunk', async () => {
  await using cloud = createInMemoryCloud({ settings: SETTINGS });
  const stored: [Case, number][] = [];
  cloud.index.interfere = async (command) => {
    if (command.op?.$case === 'openIntent') await new Promise((resolve) => setTimeout(resolve, 20));
    if (command.op !== undefined) stored.push([command.op.$case, chunksStored(cloud)]);
  };
  await cloud.objects.putObject(putInput('k', bodyOf(DATA)));
  assert.deepEqual(stored, [
    ['openIntent', 0],
    ['putObject', 3 * 8],
  ]);
});

test('an intent that cannot be opened stores nothing', async () => {
  await using cloud = createInMemoryCloud({ settings: SETTINGS });
  cloud.index.interfere = () => {
    throw new Error('no primary');
  };
  await assert.rejects(cloud.objects.putObject(putInput('k', bodyOf(DATA))), { message: 'no primary' });
  assert.equal(chunksStored(cloud), 0);
});

test('whatever ends an upload early, its intent is fenced and nothing is committed', async () => {
  const abort = new AbortController();
  const endings: [string, () => IncomingBody, AbortSignal | undefined][] = [
    [
      'the body breaks',
      () =>
        interrupted(() => {
          throw new Error('the client went away');
        }),
      undefined,
    ],
    ['the caller aborts', () => interrupted(() => abort.abort(new Error('aborted'))), abort.signal],
    [
      'the digest is wrong',
      () => ({
        ...bodyOf(DATA),
        finish: () => {
          throw new Error('bad digest');
        },
      }),
      undefined,
    ],
    ['the body is short', () => ({ ...bodyOf(DATA), sizeBytes: 2_001 }), undefined],
    ['the body is long', () => ({ ...bodyOf(DATA), sizeBytes: 1_999 }), undefined],
  ];
  for (const [name, body, signal] of endings) {
    await using cloud = createInMemoryCloud({ settings: SETTINGS });
    const seen = record(cloud);
    await assert.rejects(cloud.objects.putObject(putInput('k', body()), signal), name);
    await cloud.idle();
    assert.deepEqual(seen, ['openIntent', 'abortIntent'], name);
    await assert.rejects(cloud.objects.headObject({ bucket: BUCKET, key: 'k' }), { code: 'no-such-key' }, name);
  }
});

test('a condition that does not hold at the commit fences the intent', async () => {
  await using cloud = createInMemoryCloud({ settings: SETTINGS });
  await cloud.objects.putObject(putInput('k', bodyOf(Buffer.alloc(0))));
  const seen = record(cloud);
  const input = putInput('k', bodyOf(DATA));
  await assert.rejects(cloud.objects.putObject({ ...input, condition: { ...input.condition, ifMatch: ['other'] } }), {
    code: 'precondition-failed',
  });
  await cloud.idle();
  assert.deepEqual(seen, ['openIntent', 'putObject', 'abortIntent']);
});

test('nothing is sent to a holder after the intent was fenced', async () => {
  await using cloud = createInMemoryCloud({ settings: SETTINGS });
  for (const node of cloud.chunks.nodes) node.delayMs = 15;
  let atFence = -1;
  cloud.index.interfere = (command) => {
    if (command.op?.$case === 'abortIntent') atFence = chunksStored(cloud);
  };
  const body = interrupted(() => {
    throw new Error('gone');
  });
  await assert.rejects(cloud.objects.putObject(putInput('k', body)));
  await cloud.idle();
  await systemClock.sleep(40);
  assert.ok(atFence >= 0);
  assert.equal(chunksStored(cloud), atFence);
});

test('K2: a long upload renews its intent every minute, and ends when others have fenced it', async () => {
  const clock = createManualClock();
  await using background = createSupervisor({ log: silentLogger, clock });
  await using cloud = createInMemoryCloud();
  const seen = record(cloud);
  const components = { index: cloud.index, clock, random: systemRandom, background, settings: DEFAULT_OBJECT_STORE_SETTINGS };
  const partition = cloud.index.partitionOf(BUCKET, 'k');
  const intent = openIntent(components, { partition, bucket: BUCKET, key: 'k', signal: undefined });
  await intent.opened;
  await clock.advance(125_000);
  assert.deepEqual(seen, ['openIntent', 'renewIntent', 'renewIntent']);
  const fence: IndexCommand = { op: { $case: 'abortIntent', value: { bucketId: BUCKET, intentId: intent.id, notRenewedSinceMs: 0n } } };
  await cloud.index.execute(partition, fence);
  await clock.advance(60_000);
  assert.equal(intent.signal.aborted, true);
  intent.stop();
});

test('a commit whose intent was fenced is refused', async () => {
  await using cloud = createInMemoryCloud({ settings: SETTINGS });
  let intentId: Buffer = Buffer.alloc(0);
  cloud.index.interfere = (command) => {
    if (command.op?.$case === 'openIntent') intentId = command.op.value.intentId;
  };
  const fenced: IncomingBody = {
    ...bodyOf(DATA),
    bytes: (async function* () {
      yield DATA.subarray(0, 512);
      const fence: IndexCommand = { op: { $case: 'abortIntent', value: { bucketId: BUCKET, intentId, notRenewedSinceMs: 0n } } };
      const result = await cloud.index.execute(cloud.index.partitionOf(BUCKET, 'k'), fence);
      assert.equal(result.outcome?.$case, 'done');
      yield DATA.subarray(512);
    })(),
  };
  await assert.rejects(cloud.objects.putObject(putInput('k', fenced)), { code: 'unavailable' });
});
