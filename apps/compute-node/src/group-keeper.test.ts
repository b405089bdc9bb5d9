import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DesiredSecurityGroup } from '@pilvi/contracts/compute/v1/instance';
import { createManualClock, createSeededRandom, createSupervisor, silentLogger } from '@pilvi/runtime';
import { createGroupKeeper } from './group-keeper.ts';

const ID = 'sg-0123456789abcdef0';
const group = (revision: bigint, changes: Partial<DesiredSecurityGroup> = {}): DesiredSecurityGroup =>
  DesiredSecurityGroup.fromPartial({ groupId: ID, groupName: `name-${String(revision)}`, revision, ...changes });

/** A network that refuses `failures` times before it applies what it is told; `done` has what it did, and the store holds. */
function keeperOf({ failures }: { failures: number }) {
  const clock = createManualClock();
  const supervisor = createSupervisor({
    log: silentLogger,
    clock,
    random: createSeededRandom(1),
    onFatal: (error) => assert.fail(String(error)),
  });
  const stored = new Set<string>();
  const done: string[] = [];
  const errors: unknown[] = [];
  const keeper = createGroupKeeper(
    {
      supervisor,
      log: { error: (details: unknown) => void errors.push(details) },
      store: {
        putGroup: async ({ groupId, revision }) => void stored.add(`${groupId}@${String(revision)}`),
        deleteGroup: async () => stored.clear(),
      },
      network: {
        putSecurityGroup: async ({ revision }) => {
          if (failures-- > 0) throw new Error('nft is busy');
          done.push(`put ${String(revision)}`);
        },
        removeSecurityGroup: async () => void done.push('remove'),
      },
    },
    [],
  );
  return { keeper, clock, stored, done, errors, [Symbol.asyncDispose]: () => supervisor.shutdown() };
}

test('a group that could not be applied is tried again', async () => {
  await using node = keeperOf({ failures: 2 });
  await node.keeper.put(group(1n));
  assert.deepEqual([...node.stored], [`${ID}@1`]);
  for (let i = 0; i < 20; i++) await node.clock.advance(100);
  assert.deepEqual(node.done, ['put 1']);
});

test('a later try does not bring back a group that is gone, nor an older revision of it', async () => {
  await using node = keeperOf({ failures: 1 });
  await node.keeper.put(group(1n));
  await node.keeper.put(group(2n));
  await node.keeper.put(group(3n, { gone: true }));
  await node.keeper.put(group(2n));
  for (let i = 0; i < 20; i++) await node.clock.advance(100);
  assert.equal(node.done.at(-1), 'remove');
  assert.ok(!node.done.includes('put 1'));
  assert.equal(node.stored.size, 0);
  assert.equal(node.keeper.nameOf(ID), undefined);
});

test('one that no network could apply is told of once, and its next revision is applied', async () => {
  await using node = keeperOf({ failures: 0 });
  await node.keeper.put(group(1n, { memberAddresses: ['not an address'] }));
  for (let i = 0; i < 20; i++) await node.clock.advance(100);
  assert.equal(node.errors.length, 1);
  assert.equal(node.stored.size, 0);
  await node.keeper.put(group(2n));
  await node.clock.advance(0);
  assert.deepEqual(node.done, ['put 2']);
});
