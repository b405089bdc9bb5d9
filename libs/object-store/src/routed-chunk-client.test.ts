import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { partitionId } from '@pilvi/cluster-map';
import { ChunkFailureCode } from '@pilvi/contracts/chunk/v1/service';
import { systemClock, systemRandom } from '@pilvi/runtime';
import { TransportError } from '@pilvi/transport';
import type { ChunkClient } from './clients.ts';
import type { ChunkAnswer } from './node-sessions.ts';
import { createRoutedChunkClient } from './routed-chunk-client.ts';
import { createFakeCluster } from './testing/fake-cluster.ts';

const DATA = Buffer.from('the bytes of a chunk');
const ID = Buffer.alloc(16);

/** A client whose node gives these answers in turn. */
function answering(...answers: (ChunkAnswer | Error)[]): { get: () => Promise<Buffer>; put: () => Promise<void> } {
  const { map } = createFakeCluster();
  const next = (): Promise<ChunkAnswer> => {
    const answer = answers.shift();
    assert.ok(answer !== undefined, 'asked once more than expected');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const client: ChunkClient = createRoutedChunkClient({
    map,
    sessions: { to: () => ({ call: next }) },
    clock: systemClock,
    random: systemRandom,
  });
  const [holder] = client.holdersFor(partitionId(0));
  assert.ok(holder !== undefined);
  return {
    get: () => client.get(holder.incarnation, ID, { offset: 0, length: DATA.length }),
    put: () => client.put(holder.incarnation, { id: ID, partition: partitionId(0), owner: ID, crc32: crc32(DATA), data: DATA }),
  };
}

const whole = (data: Buffer, sum = crc32(DATA)): ChunkAnswer => ({
  $case: 'data',
  value: { data, chunkSizeBytes: DATA.length, crc32: sum },
});
const failure = (code: ChunkFailureCode): ChunkAnswer => ({ $case: 'failure', value: { code, detail: '' } });

test('bytes other than those asked for are not given on', async () => {
  assert.ok((await answering(whole(DATA)).get()).equals(DATA));
  await assert.rejects(answering(whole(DATA.subarray(1))).get(), { code: 'damaged' });
  await assert.rejects(answering(whole(Buffer.alloc(DATA.length))).get(), { code: 'damaged' });
});

test('a busy node is asked again, any other failure is told by its code', async () => {
  await answering(failure(ChunkFailureCode.BUSY), failure(ChunkFailureCode.BUSY), { $case: 'done', value: {} }).put();
  await assert.rejects(answering(failure(ChunkFailureCode.NO_SPACE)).put(), { code: 'no-space' });
  await assert.rejects(answering(failure(ChunkFailureCode.INTERNAL)).put(), { code: 'unavailable' });
  await assert.rejects(answering(failure(ChunkFailureCode.NOT_FOUND)).get(), { code: 'damaged', details: { chunk: 'not-found' } });
  await assert.rejects(answering(new TransportError('deadline', 'late')).get(), { code: 'unavailable' });
});
