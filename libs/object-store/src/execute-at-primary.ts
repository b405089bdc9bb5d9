import type { Epoch, Incarnation, PartitionId } from '@pilvi/cluster-map';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexCommand, IndexResult } from '@pilvi/contracts/index/v1/command';
import { RefusalCode } from '@pilvi/contracts/index/v1/service';
import type { ExecuteRequest, ExecuteResponse, Refusal } from '@pilvi/contracts/index/v1/service';
import { isMutation } from '@pilvi/object-index';
import { backoffMs } from '@pilvi/runtime';
import { TransportError } from '@pilvi/transport';
import { ObjectStoreError } from './errors.ts';
import { failureOf } from './index-answer.ts';
import type { IndexAnswer } from './node-sessions.ts';
import type { RoutedIndexComponents } from './routed-index-client.ts';

const REQUEST_ID_BYTES = 16;
const NO_REQUEST_ID = Buffer.alloc(0);

/** What became of one attempt. */
type Attempt =
  | { readonly kind: 'answer'; readonly response: ExecuteResponse }
  /** `perhapsExecuted` false: surely not, so that the attempt does not count (W3). */
  | {
      readonly kind: 'failed';
      readonly perhapsExecuted: boolean;
      readonly reason: 'no-space' | 'too-old' | 'other';
      readonly cause: unknown;
    };

interface Route {
  readonly node: Incarnation;
  readonly address: string;
  readonly epoch: Epoch;
}

/**
 * W3: runs a command at its partition's primary, through failovers, with the same request id in every attempt, its number and its age, for at
 * most a minute. Throws ObjectStoreError `unavailable` (surely not done), `outcome-unknown` or `no-space`.
 */
export async function executeAtPrimary(
  components: RoutedIndexComponents,
  partition: PartitionId,
  command: IndexCommand,
  signal?: AbortSignal,
): Promise<IndexResult> {
  const { clock, random, settings, watch } = components;
  const isWrite = isMutation(command);
  const requestId = isWrite ? random.bytes(REQUEST_ID_BYTES) : NO_REQUEST_ID;
  const startMs = clock.monotonicMs();
  let attempts = 0;
  let cause: unknown;
  for (let failures = 0, epoch = 0; ; failures++) {
    signal?.throwIfAborted();
    const ageMs = clock.monotonicMs() - startMs;
    if (ageMs > settings.patienceMs) throw givenUp(isWrite && attempts > 0, cause);
    const route = findRoute(components, partition, failures);
    if (route !== undefined) {
      const request = { partition, requestId, attempt: attempts + 1, ageMs: Math.floor(ageMs), command };
      const attempt = await attemptAt(components, route, request, signal);
      if (attempt.kind === 'answer') {
        const result = finalResult(attempt.response, attempts);
        // W3: after a stall this long the recorded answer may be forgotten, and a later attempt may have run anew.
        if (result !== undefined && attempts > 0 && clock.monotonicMs() - startMs > settings.patienceMs + settings.attemptMs)
          throw givenUp(isWrite, undefined);
        if (result !== undefined) return result;
        attempts++;
      } else {
        cause = attempt.cause;
        if (attempt.perhapsExecuted) attempts++;
        if (attempt.reason === 'too-old') throw givenUp(isWrite && attempts > 0, cause);
        if (attempt.reason === 'no-space')
          throw attempts > 0 ? givenUp(true, cause) : new ObjectStoreError('no-space', 'the free-space reserve is reached', { cause });
      }
    }
    // Nothing newer to wait for when the primary's address is not known yet: that would be met at once, for ever.
    const triedEpoch = route?.epoch ?? watch.configOf(partition)?.epoch ?? 0;
    if (triedEpoch > epoch) failures = 0;
    epoch = triedEpoch;
    const policy = { firstMs: settings.retryFirstMs, capMs: settings.retryCapMs, factor: 1.5 };
    await watch.wait((map) => (map.partitions[partition]?.epoch ?? 0) > triedEpoch, backoffMs(policy, failures + 1, random), signal);
  }
}

/** The primary; each third time another in-sync replica in turn, since the map may stand still. */
function findRoute({ map, watch }: RoutedIndexComponents, partition: PartitionId, failures: number): Route | undefined {
  const config = watch.configOf(partition);
  if (config === undefined) return undefined;
  const others = config.inSync.filter((node) => node !== config.primary);
  const other = failures % 3 === 2 ? others[Math.floor(failures / 3) % others.length] : undefined;
  const node = other ?? config.primary;
  const address = map.current()?.members.get(node)?.address;
  return address === undefined ? undefined : { node, address, epoch: config.epoch };
}

/** The answer, unless it must be ignored: an unrecorded negative after a second attempt was sent (W3), or damage, which another replica will not have. */
function finalResult({ result, recorded }: ExecuteResponse, earlierAttempts: number): IndexResult | undefined {
  if (result === undefined) return undefined;
  const failure = failureOf(result);
  if (failure === IndexFailureCode.DAMAGED) return undefined;
  return failure !== undefined && !recorded && earlierAttempts > 0 ? undefined : result;
}

/** One attempt; it is left when another node becomes primary, since a silent one may never answer. */
async function attemptAt(components: RoutedIndexComponents, route: Route, request: ExecuteRequest, signal?: AbortSignal): Promise<Attempt> {
  const { sessions, watch, settings } = components;
  const moved = Promise.withResolvers<'moved'>();
  const forget = watch.when(
    (map) => {
      const config = map.partitions[request.partition];
      return config !== undefined && config.epoch > route.epoch && config.primary !== route.node;
    },
    () => moved.resolve('moved'),
  );
  try {
    const answer = sessions.to(route.address).call({ $case: 'execute', value: request }, { signal, deadlineMs: settings.attemptMs });
    answer.catch(() => undefined); // when it was left
    const first = await Promise.race([answer, moved.promise]);
    if (first === 'moved') return { kind: 'failed', perhapsExecuted: true, reason: 'other', cause: undefined };
    return readAnswer(first);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (!(error instanceof TransportError)) throw error;
    if (error.code === 'closed') throw new ObjectStoreError('unavailable', 'this process is stopping', { cause: error });
    return { kind: 'failed', perhapsExecuted: error.details.sent !== false, reason: 'other', cause: error };
  } finally {
    forget();
  }
}

function readAnswer(answer: IndexAnswer): Attempt {
  switch (answer.$case) {
    case 'execute':
      return { kind: 'answer', response: answer.value };
    case 'refusal':
      return { kind: 'failed', ...readRefusal(answer.value), cause: new Error(`refused (${answer.value.code}): ${answer.value.detail}`) };
    case 'list':
    case 'listUploads':
    case 'locate':
      throw new Error(`a command was answered by ${answer.$case}`);
  }
}

/** Which refusals say that this attempt surely changed nothing. */
function readRefusal({ code }: Refusal): { perhapsExecuted: boolean; reason: 'no-space' | 'too-old' | 'other' } {
  switch (code) {
    case RefusalCode.NOT_PRIMARY:
    case RefusalCode.BUSY:
      return { perhapsExecuted: false, reason: 'other' };
    case RefusalCode.NO_SPACE:
      return { perhapsExecuted: false, reason: 'no-space' };
    case RefusalCode.TOO_OLD:
      return { perhapsExecuted: false, reason: 'too-old' };
    default:
      return { perhapsExecuted: true, reason: 'other' };
  }
}

function givenUp(perhapsExecuted: boolean, cause: unknown): ObjectStoreError {
  const code = perhapsExecuted ? 'outcome-unknown' : 'unavailable';
  return new ObjectStoreError(code, 'no primary answered in time', { cause });
}
