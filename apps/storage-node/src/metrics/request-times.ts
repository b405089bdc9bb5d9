import type { ChunkRequest } from '@pilvi/contracts/chunk/v1/service';
import type { IndexRequest } from '@pilvi/contracts/index/v1/service';
import { RefusalCode } from '@pilvi/contracts/index/v1/service';
import { LATENCY_BUCKETS_SECONDS } from '@pilvi/metrics';
import type { ProcessMetrics } from '@pilvi/metrics';
import type { ChunkReply } from '../chunks/chunk-service.ts';
import type { IndexReply } from '../index/execute.ts';

/** Times what gateways and peers ask of this node. */
export interface RequestTimes {
  index(body: IndexRequest['body'], answering: Promise<IndexReply>): Promise<IndexReply>;
  chunk(body: ChunkRequest['body'], answering: Promise<ChunkReply>): Promise<ChunkReply>;
}

const REFUSALS = new Map<RefusalCode, string>(Object.entries(RefusalCode).map(([name, code]) => [code, name.toLowerCase()]));

export function createRequestTimes({ addCounter, addHistogram }: ProcessMetrics): RequestTimes {
  const indexTimes = addHistogram('pilvi_index_request_seconds', 'Time to answer an index request.', LATENCY_BUCKETS_SECONDS, [
    'command',
    'outcome',
  ]);
  const refusals = addCounter('pilvi_index_refusals_total', 'Index requests refused, so that the gateway asks again or elsewhere.', [
    'reason',
  ]);
  const chunkTimes = addHistogram('pilvi_chunk_request_seconds', 'Time to answer a chunk request.', LATENCY_BUCKETS_SECONDS, [
    'command',
    'outcome',
  ]);
  const received = addCounter('pilvi_chunk_received_bytes_total', 'Bytes of chunks that came to be stored.');
  const sent = addCounter('pilvi_chunk_sent_bytes_total', 'Bytes of chunks that were read for others.');
  return {
    async index(body, answering) {
      const startedMs = performance.now();
      const reply = await answering;
      const refused = reply.$case === 'refusal';
      indexTimes.observe({ command: nameOf(body), outcome: refused ? 'refused' : 'answered' }, secondsSince(startedMs));
      if (refused) refusals.inc({ reason: REFUSALS.get(reply.value.code) ?? 'unknown' });
      return reply;
    },
    async chunk(body, answering) {
      const startedMs = performance.now();
      const reply = await answering;
      const outcome = reply.$case === 'failure' ? 'failed' : 'answered';
      chunkTimes.observe({ command: body?.$case ?? 'empty', outcome }, secondsSince(startedMs));
      if (body?.$case === 'put') received.inc(body.value.data.length);
      if (reply.$case === 'data') sent.inc(reply.value.data.length);
      return reply;
    },
  };
}

/** Bounded by the contract: commands are the fields of a `oneof`. */
function nameOf(body: IndexRequest['body']): string {
  return (body?.$case === 'execute' ? body.value.command?.op?.$case : body?.$case) ?? 'empty';
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1_000;
}
