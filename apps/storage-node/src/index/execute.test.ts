import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketId, epoch, partitionId } from '@pilvi/cluster-map';
import { RefusalCode } from '@pilvi/contracts/index/v1/service';
import type { ExecuteRequest } from '@pilvi/contracts/index/v1/service';
import { createManualClock } from '@pilvi/runtime';
import { decideAlone, Unsettled } from './decide-alone.ts';
import { execute } from './execute.ts';
import type { IndexComponents } from './execute.ts';
import { createPartitionGates } from './partition-gates.ts';
import type { PartitionHost } from './partition-host.ts';

const P = partitionId(3);

/** A primary whose last entries commit when `commit` is called. */
function primary() {
  const { promise: settled, resolve } = Promise.withResolvers<undefined>();
  const commit = (): void => {
    resolve(undefined);
  };
  const host = {
    serving: () => epoch(4),
    knownEpoch: () => epoch(4),
    settled: () => settled,
  } as Partial<PartitionHost> as PartitionHost;
  const clock = createManualClock();
  const gates = createPartitionGates();
  // What would be read or written is not there: nothing may be decided.
  const components = { host, clock, gates, space: { low: false }, rows: {} } as unknown as IndexComponents;
  return { host, clock, gates, commit, components };
}

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('W3: an attempt that became too old while it waited for others is not decided', async () => {
  const { clock, gates, components } = primary();
  const { promise: held, resolve: open } = Promise.withResolvers<undefined>();
  const holder = gates.alone(P, () => held);
  const command = { op: { $case: 'deleteObject' as const, value: { bucketId: bucketId('b'), key: 'k', condition: undefined } } };
  const request: ExecuteRequest = { partition: P, requestId: Buffer.alloc(16, 1), attempt: 2, ageMs: 55_000, command };
  const answer = execute(components, request);
  await clock.advance(6_000);
  open(undefined);
  await holder;
  const reply = await answer;
  assert.ok(reply.$case === 'refusal');
  assert.equal(reply.value.code, RefusalCode.TOO_OLD);
});

test('those who wait for a commit that does not come leave the partition to others when nobody listens to them any more', async () => {
  const { host, clock, gates, commit } = primary();
  const decide = (): Promise<string> => Promise.resolve('decided');
  const refused = [1, 2].map(() => assert.rejects(decideAlone({ host, gates, clock }, P, decide), Unsettled));
  await turns();
  await clock.advance(5_000);
  const later = decideAlone({ host, gates, clock }, P, decide);
  await clock.advance(3_000);
  await Promise.all(refused);
  commit();
  assert.equal(await later, 'decided');
  assert.equal(clock.waiting, 0, 'nobody waits for the end of a patience that is not needed any more');
});
