import { Metadata } from '@grpc/grpc-js';
import type { WatchRequest, WatchResponse } from '@pilvi/contracts/etcd/rpc';
import { backoffMs } from '@pilvi/runtime';
import type { BackoffPolicy, Clock, Logger, Random } from '@pilvi/runtime';
import type { WatchBatch, WatchEvent } from '../control-store.ts';
import { ControlStoreError } from '../errors.ts';
import { requireLeader } from './etcd-calls.ts';
import type { EtcdCalls } from './etcd-calls.ts';
import { eventFromWire } from './etcd-form.ts';
import type { EtcdKeyspace, KeySpan } from './key-prefix.ts';

const RECONNECT: BackoffPolicy = { firstMs: 20, capMs: 1_000, factor: 2 };

interface Components {
  readonly calls: EtcdCalls;
  readonly keys: EtcdKeyspace;
  readonly clock: Clock;
  readonly random: Pick<Random, 'fraction'>;
  readonly log: Logger | undefined;
  readonly closing: AbortSignal;
}

/**
 * ControlStore.watch: goes on at another member, from the revision after the last one told, for as long as it takes; throws
 * `compacted` when what is missing is no longer there, and `closed`.
 */
export async function* watchKeys(
  components: Components,
  prefix: string,
  fromRevision: number,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch> {
  const { calls, keys, clock, random, log, closing } = components;
  const span = keys.span(prefix);
  const stop = AbortSignal.any([signal, closing]);
  let next = Math.max(1, fromRevision);
  let failures = 0;
  while (!stop.aborted) {
    let member: Awaited<ReturnType<EtcdCalls['connected']>> | undefined;
    try {
      member = await calls.connected(stop);
      for await (const batch of watchOnce(components, { member: member.member, span, from: next, stop })) {
        failures = 0;
        if (batch === undefined) continue;
        next = batch.revision + 1;
        yield batch;
      }
    } catch (error) {
      if (error instanceof ControlStoreError && error.code === 'compacted') throw error;
      if (!stop.aborted) log?.[failures === 0 ? 'warn' : 'debug']({ err: error, prefix, nextRevision: next }, 'watch of etcd interrupted');
    }
    if (stop.aborted) break;
    member?.failed();
    failures++;
    await clock.sleep(backoffMs(RECONNECT, failures, random), stop).catch(() => undefined);
  }
  if (!signal.aborted) throw closing.reason;
}

/** One stream to one member: undefined when the watch has begun, then the batches. Ends or throws when the stream does. */
async function* watchOnce(
  { keys }: Components,
  {
    member,
    span,
    from,
    stop,
  }: { member: Awaited<ReturnType<EtcdCalls['connected']>>['member']; span: KeySpan; from: number; stop: AbortSignal },
): AsyncGenerator<WatchBatch | undefined> {
  const call = member.watch.watch(requireLeader(new Metadata()));
  // What is told after the loop below has ended.
  call.on('error', () => undefined);
  const cancel = (): void => call.cancel();
  stop.addEventListener('abort', cancel, { once: true });
  try {
    if (stop.aborted) return;
    call.write(createRequest(span, from));
    let pending: WatchEvent[] = [];
    for await (const response of call as AsyncIterable<WatchResponse>) {
      checkNotEnded(response);
      if (response.created) yield undefined;
      for (const event of response.events) {
        const change = eventFromWire(keys, event);
        if (revisionOfChange(change) < from) continue;
        const revision = pending[0] === undefined ? revisionOfChange(change) : revisionOfChange(pending[0]);
        if (revisionOfChange(change) !== revision) {
          yield { revision, events: pending };
          pending = [];
        }
        pending.push(change);
      }
      // A revision lies in one answer, whose pieces say when more follow.
      if (response.fragment || pending[0] === undefined) continue;
      const batch = { revision: revisionOfChange(pending[0]), events: pending };
      pending = [];
      yield batch;
    }
  } finally {
    stop.removeEventListener('abort', cancel);
    call.cancel();
  }
}

/**
 * Asks for one revision more than is wanted: a compaction at R also forgets what was deleted at R, and etcd says `compacted` only to
 * those who ask from below R. So one who has seen up to R - 1 is told, instead of missing a deletion.
 */
function createRequest({ key, rangeEnd }: KeySpan, from: number): WatchRequest {
  return {
    requestUnion: {
      $case: 'createRequest',
      value: { key, rangeEnd, startRevision: BigInt(Math.max(1, from - 1)), fragment: true },
    },
  };
}

function checkNotEnded(response: WatchResponse): void {
  if (!response.canceled) return;
  if (response.compactRevision > 0n) {
    throw new ControlStoreError('compacted', `etcd keeps nothing from before revision ${String(response.compactRevision)}`);
  }
  throw new ControlStoreError('unavailable', `etcd ended the watch: ${response.cancelReason}`);
}

function revisionOfChange(event: WatchEvent): number {
  return event.kind === 'put' ? event.entry.modRevision : event.modRevision;
}
