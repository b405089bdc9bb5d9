import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RootDisks, StoredImage } from '@pilvi/instance-images';
import { createSupervisor, systemClock, systemRandom } from '@pilvi/runtime';
import type { Logger } from '@pilvi/runtime';
import { openReadyRoots } from './ready-roots.ts';

const log = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} } as unknown as Logger;
const image = (digest: string): StoredImage => ({ digest, rootfs: `/${digest}`, config: {} as StoredImage['config'] });
const GIB = 1024 ** 3;

/** Disks that are only named. */
function fakeDisks(left: readonly string[] = []): RootDisks & { readonly names: Set<string> } {
  const names = new Set(left);
  return {
    names,
    create: async (id) => void names.add(id),
    mount: async () => ({ rootDirectory: '/r', sideDirectory: '/s', device: { major: 7, minor: 0 } }),
    unmount: async () => undefined,
    remove: async (id) => void names.delete(id),
    rename: async () => undefined,
    list: async () => [...names],
  };
}

async function open(disks: RootDisks) {
  const supervisor = createSupervisor({ log, clock: systemClock, random: systemRandom, onFatal: (error) => assert.fail(String(error)) });
  let slots = 0;
  return openReadyRoots({ disks, clock: { sleep: async () => undefined }, supervisor, log, nextSlot: () => slots++ });
}

const made = async (disks: { names: Set<string> }, count: number): Promise<void> => {
  while (disks.names.size < count) await new Promise(setImmediate);
};

test('what was used once is ready the next time, of the same image and size only, and each is taken once', async () => {
  const disks = fakeDisks();
  const ready = await open(disks);
  assert.equal(ready.take(image('a'), GIB), undefined);
  ready.replenish(image('a'), GIB);
  await made(disks, 2);
  await ready.close();
  assert.equal(disks.names.size, 0, 'closing takes them away');

  const again = await open(disks);
  again.replenish(image('a'), GIB);
  await made(disks, 2);
  await new Promise(setImmediate);
  assert.equal(again.take(image('b'), GIB), undefined);
  assert.equal(again.take(image('a'), 2 * GIB), undefined);
  const taken = [again.take(image('a'), GIB), again.take(image('a'), GIB), again.take(image('a'), GIB)];
  assert.deepEqual(
    taken.map((root) => root?.slot),
    [0, 1, undefined],
  );
  assert.deepEqual(again.slots(), [], 'what is taken is the taker’s');
  await again.close();
});

test('what an earlier process had ready is removed, and instances keep their disks', async () => {
  const disks = fakeDisks(['ready-1', 'i-1']);
  await open(disks);
  assert.deepEqual([...disks.names], ['i-1']);
});

test('images that were not used lately give their place', async () => {
  const disks = fakeDisks();
  const ready = await open(disks);
  for (const digest of ['a', 'b', 'c']) {
    ready.replenish(image(digest), GIB);
    await made(disks, 2);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(disks.names.size, 6);
  ready.replenish(image('d'), GIB);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(disks.names.size, 6);
  assert.equal(ready.take(image('a'), GIB), undefined);
  assert.ok(ready.take(image('d'), GIB));
  await ready.close();
});
