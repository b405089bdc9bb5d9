import { connectivityState } from '@grpc/grpc-js';
import type { CallOptions, Client, ClientUnaryCall, Metadata, ServiceError } from '@grpc/grpc-js';
import { KVClient, LeaseClient, WatchClient } from '@pilvi/contracts/etcd/rpc';
import type { Clock, Random } from '@pilvi/runtime';
import { callUnary, dial } from '@pilvi/transport';
import type { TlsSecurity } from '@pilvi/transport';
import { ControlStoreError } from '../errors.ts';
import { judge } from './etcd-errors.ts';

/** etcd cuts clients off that ask for a sign of life more often than every 5 s (`--grpc-keepalive-min-time`). */
const KEEPALIVE_TIME_MS = 6_000;

/** One member, and the parts of its API. */
export interface EtcdMember {
  readonly kv: KVClient;
  readonly lease: LeaseClient;
  readonly watch: WatchClient;
}

/** What an attempt at one member has to keep to. */
export interface Attempt {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
}

/** The way to etcd's members. */
export interface EtcdCalls extends AsyncDisposable {
  /** For what may be done twice: another member is asked after any failure. Throws `unavailable`, or what etcd says. */
  read<T>(run: (member: EtcdMember, attempt: Attempt) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** For what may be done once: throws `outcome-unknown` as soon as a member may have done it. */
  write<T>(run: (member: EtcdMember, attempt: Attempt) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** A member with a connection, for a stream; `failed` says that it was no good. Throws `unavailable`. */
  connected(signal: AbortSignal): Promise<{ readonly member: EtcdMember; failed(): void }>;
}

/** A unary call that only a member with a leader answers: one that is cut off says so instead of answering late, or never. */
export function callEtcd<Res>(
  start: (metadata: Metadata, options: CallOptions, done: (error: ServiceError | null, response: Res) => void) => ClientUnaryCall,
  attempt: Attempt,
): Promise<Res> {
  return callUnary<Res>((metadata, options, done) => start(requireLeader(metadata), options, done), attempt);
}

/** etcd's own name for it (rpctypes.MetadataRequireLeaderKey). */
export function requireLeader(metadata: Metadata): Metadata {
  metadata.set('hasleader', 'true');
  return metadata;
}

/** Connects when first called. Throws TransportError when an address or a certificate cannot be used. */
export function openEtcdCalls(init: {
  readonly endpoints: readonly string[];
  readonly tls: TlsSecurity;
  readonly serverName?: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Pick<Random, 'fraction'>;
  readonly closing: AbortSignal;
}): EtcdCalls {
  const { clock, timeoutMs, closing } = init;
  const serverName = init.serverName === undefined ? {} : { serverName: init.serverName };
  const channels = init.endpoints.map((address) =>
    dial({ address, security: init.tls, keepaliveTimeMs: KEEPALIVE_TIME_MS, ...serverName }),
  );
  const members: readonly EtcdMember[] = channels.map((channel) => ({
    kv: channel.client(KVClient),
    lease: channel.client(LeaseClient),
    watch: channel.client(WatchClient),
  }));
  // Anyone at first, so that many gateways spread; then the one that answered last.
  let preferred = Math.floor(init.random.fraction() * members.length);
  const inTurn = (): number[] => members.map((_, i) => (preferred + i) % members.length);
  const leave = (index: number): void => {
    if (preferred === index) preferred = (index + 1) % members.length;
  };

  async function call<T>(
    kind: 'read' | 'write',
    run: (member: EtcdMember, attempt: Attempt) => Promise<T>,
    caller: AbortSignal | undefined,
  ): Promise<T> {
    throwIfEnded(closing, caller);
    const signal = caller === undefined ? closing : AbortSignal.any([closing, caller]);
    const untilMs = clock.monotonicMs() + timeoutMs;
    let detail = 'no member answered';
    for (const [asked, index] of inTurn().entries()) {
      const member = members[index]!;
      // One that is silent leaves the others their share of the time.
      const shareMs = (): number => (untilMs - clock.monotonicMs()) / (members.length - asked);
      const connected = await isConnected(member.kv, shareMs(), signal);
      throwIfEnded(closing, caller);
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0) break;
      if (!connected) {
        detail = `${init.endpoints[index]!} cannot be reached`;
        leave(index);
        continue;
      }
      try {
        const result = await run(member, { signal, deadlineMs: kind === 'read' ? shareMs() : leftMs });
        preferred = index;
        return result;
      } catch (error) {
        const verdict = judge(error);
        if (verdict.kind === 'final') throw verdict.error;
        leave(index);
        if (kind === 'write' && verdict.kind === 'perhaps-done') {
          throw new ControlStoreError('outcome-unknown', `etcd did not say whether it was done: ${verdict.detail}`, { cause: error });
        }
        throwIfEnded(closing, caller);
        detail = `${init.endpoints[index]!}: ${verdict.detail}`;
      }
    }
    throw new ControlStoreError('unavailable', `etcd does not serve: ${detail}`);
  }

  return {
    read: (run, signal) => call('read', run, signal),
    write: (run, signal) => call('write', run, signal),
    async connected(signal) {
      for (const index of inTurn()) {
        signal.throwIfAborted();
        if (await isConnected(members[index]!.watch, timeoutMs / members.length, signal)) {
          return { member: members[index]!, failed: () => leave(index) };
        }
        leave(index);
      }
      throw new ControlStoreError('unavailable', 'no member of etcd can be reached');
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(channels.map((channel) => channel[Symbol.asyncDispose]()));
    },
  };
}

/** Nothing was done yet, and nothing will be. */
function throwIfEnded(closing: AbortSignal, caller: AbortSignal | undefined): void {
  closing.throwIfAborted();
  if (caller?.aborted === true) throw new ControlStoreError('unavailable', 'the caller gave up', { cause: caller.reason });
}

/**
 * Whether there is a connection, or is one within the bound. Looked at before every request, so that one is never on its way unknown to
 * us: what failed before it was connected was surely not done.
 */
async function isConnected(client: Client, boundMs: number, signal: AbortSignal): Promise<boolean> {
  const channel = client.getChannel();
  // gRPC's deadlines are dates.
  const until = Date.now() + boundMs;
  while (!signal.aborted) {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return true;
    // gRPC tries again by itself, after its backoff: others are asked meanwhile.
    if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) return false;
    const changed = Promise.withResolvers<boolean>();
    const abort = (): void => changed.resolve(false);
    signal.addEventListener('abort', abort, { once: true });
    channel.watchConnectivityState(state, until, (error) => changed.resolve(error === undefined));
    const isChanged = await changed.promise;
    signal.removeEventListener('abort', abort);
    if (!isChanged) return false;
  }
  return false;
}
