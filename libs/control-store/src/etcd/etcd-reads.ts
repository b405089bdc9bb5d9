import type { RangeRequest, RangeResponse } from '@pilvi/contracts/etcd/rpc';
import type { KeyValue, RangePage } from '../control-store.ts';
import { ControlStoreError } from '../errors.ts';
import { callEtcd } from './etcd-calls.ts';
import type { EtcdCalls } from './etcd-calls.ts';
import { entryFromWire, revisionOf } from './etcd-form.ts';
import type { EtcdKeyspace } from './key-prefix.ts';

/** A range without a limit is read in answers of so many keys: an answer is held in memory, by etcd too. */
const KEYS_PER_ANSWER = 1_000;
/** A range whose revision is compacted while it is read begins anew, so often. */
const MAX_RANGE_ATTEMPTS = 3;

interface Components {
  readonly calls: EtcdCalls;
  readonly keys: EtcdKeyspace;
}

/** ControlStore.get: linearizable. */
export async function readKey({ calls, keys }: Components, key: string, signal?: AbortSignal): Promise<KeyValue | undefined> {
  const response = await request(calls, { ...ONE_KEY, key: keys.encode(key) }, signal);
  const [found] = response.kvs;
  return found === undefined ? undefined : entryFromWire(keys, found);
}

/** ControlStore.range: linearizable, and all of it at one revision however many answers it takes. */
export async function readRange(
  components: Components,
  prefix: string,
  options: { startAfter?: string; limit?: number; signal?: AbortSignal },
): Promise<RangePage> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readAtOneRevision(components, prefix, options);
    } catch (error) {
      const isOld = error instanceof ControlStoreError && error.code === 'compacted';
      if (!isOld) throw error;
      if (attempt >= MAX_RANGE_ATTEMPTS) {
        throw new ControlStoreError('unavailable', 'etcd is compacted faster than the range can be read', { cause: error });
      }
    }
  }
}

async function readAtOneRevision(
  { calls, keys }: Components,
  prefix: string,
  { startAfter, limit = Number.POSITIVE_INFINITY, signal }: { startAfter?: string; limit?: number; signal?: AbortSignal },
): Promise<RangePage> {
  const entries: KeyValue[] = [];
  let after = startAfter;
  let perAnswer = KEYS_PER_ANSWER;
  for (let revision = 0; ;) {
    // To etcd a limit of 0 is none.
    const wanted = Math.max(1, Math.min(perAnswer, limit - entries.length));
    const response = await answerOfBoundedSize(
      () => request(calls, { ...ONE_KEY, ...keys.span(prefix, after), limit: BigInt(wanted), revision: BigInt(revision) }, signal),
      wanted,
    );
    if (response === undefined) {
      perAnswer = Math.ceil(wanted / 2);
      continue;
    }
    if (revision === 0) revision = revisionOf(response.header);
    entries.push(...response.kvs.map((kv) => entryFromWire(keys, kv)));
    if (entries.length > limit) return { revision, entries: entries.slice(0, limit), more: true };
    if (!response.more || entries.length === limit) return { revision, entries, more: response.more };
    after = entries.at(-1)!.key;
  }
}

/** Undefined when the answer is larger than gRPC takes, and fewer keys can be asked for. */
async function answerOfBoundedSize(ask: () => Promise<RangeResponse>, keyCount: number): Promise<RangeResponse | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ControlStoreError && error.code === 'too-large' && keyCount > 1) return undefined;
    throw error;
  }
}

/** Never `serializable`: that would be what one member happens to have. */
const ONE_KEY: RangeRequest = { key: Buffer.alloc(0), rangeEnd: Buffer.alloc(0), limit: 0n, revision: 0n, serializable: false };

function request(calls: EtcdCalls, range: RangeRequest, signal: AbortSignal | undefined): Promise<RangeResponse> {
  return calls.read(
    (member, attempt) => callEtcd<RangeResponse>((metadata, options, done) => member.kv.range(range, metadata, options, done), attempt),
    signal,
  );
}
