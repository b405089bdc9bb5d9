import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';
import { createSemaphore } from '@pilvi/runtime';
import type { InstanceRecord } from './instance-record.ts';
import { takeOver } from './kept-instance.ts';
import type { Kept } from './kept-instance.ts';

const wanted = (generation: bigint): DesiredInstance => DesiredInstance.create({ instanceId: 'i-1', generation });

test('what two gateways tell at once is one instance, and nothing older is taken over', async () => {
  const kept = new Map<string, Kept>();
  const stored: bigint[] = [];
  const store = {
    putInstance: async ({ desired }: InstanceRecord) => {
      await new Promise((resolve) => setImmediate(resolve));
      stored.push(desired.generation);
    },
  };
  const turn = createSemaphore(1);
  const tell = async (generation: bigint): Promise<Kept | undefined> => {
    const release = await turn.acquire();
    return takeOver(wanted(generation), kept, store).finally(release);
  };
  const [first, second] = await Promise.all([tell(1n), tell(1n)]);
  assert.equal(kept.get('i-1'), first);
  assert.equal(second, undefined);
  assert.equal(await tell(2n), first, 'the same instance, newly wanted');
  assert.equal(await tell(1n), undefined);
  assert.deepEqual(stored, [1n, 2n]);
});
