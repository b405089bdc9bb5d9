import { Client, connectivityState, InterceptingCall } from '@grpc/grpc-js';
import type { ChannelCredentials, ChannelOptions, ClientDuplexStream, ClientOptions, Interceptor, MethodDefinition } from '@grpc/grpc-js';
import { formatAddress, parseAddress } from './address.ts';
import type { Address } from './address.ts';
import { TransportError } from './errors.ts';
import { channelCredentials, CLUSTER_SERVER_NAME } from './security.ts';
import type { Security } from './security.ts';
import { commonOptions, DEFAULT_UNARY_DEADLINE_MS, RECONNECT_CAP_MS, RECONNECT_FIRST_MS, RESOLVE_AT_MOST_EVERY_MS } from './settings.ts';

export interface DialOptions {
  /** `unix:/path` or `host:port`. */
  readonly address: string;
  readonly security: Security;
  /** Name that the server's certificate must carry; by default the one all certificates of a cluster carry. */
  readonly serverName?: string;
  /** A silent TCP connection is asked so often whether it lives; by default KEEPALIVE_TIME_MS. For servers that allow less. */
  readonly keepaliveTimeMs?: number;
  /** Longest wait between attempts to connect; by default RECONNECT_CAP_MS of the kind of address. */
  readonly reconnectCapMs?: number | undefined;
}

/** A client class as ts-proto's grpc-js output gives it. */
export type ClientConstructor<C extends Client> = new (
  address: string,
  credentials: ChannelCredentials,
  options?: Partial<ClientOptions>,
) => C;

/** A connection of its own to one process, made when first used and made again, with bounded backoff, whenever it breaks. */
export interface RpcChannel extends AsyncDisposable {
  readonly address: string;
  readonly transport: Address['kind'];
  /** A generated client over this connection; unary calls without a deadline get DEFAULT_UNARY_DEADLINE_MS. */
  client<C extends Client>(constructor: ClientConstructor<C>): C;
  /** Opens a bidirectional stream by its method (`FooServiceService.session`). */
  duplex<Req, Res>(method: MethodDefinition<Req, Res>): ClientDuplexStream<Req, Res>;
  /** Runs `callback` just before the channel closes; returns the way to take it back. */
  beforeClose(callback: () => void): () => void;
}

/** Connects lazily. Throws TransportError `bad-address`, `path-too-long`, `insecure` or `bad-certificate`. */
export function dial(options: DialOptions): RpcChannel {
  const address = parseAddress(options.address);
  const target = formatAddress(address);
  const clientOptions: ClientOptions = {
    ...channelOptions(address, options.serverName ?? CLUSTER_SERVER_NAME),
    'grpc.max_reconnect_backoff_ms': options.reconnectCapMs ?? RECONNECT_CAP_MS[address.kind],
    ...(options.keepaliveTimeMs === undefined || address.kind === 'unix' ? {} : { 'grpc.keepalive_time_ms': options.keepaliveTimeMs }),
    interceptors: [withDeadline],
  };
  const base = new Client(target, channelCredentials(address, options.security), clientOptions);
  const closing = new Set<() => void>();
  let closed = false;
  const checkOpen = (): void => {
    if (closed) throw new TransportError('closed', `the channel to ${target} is closed`, { details: { address: target, sent: false } });
  };
  return {
    address: target,
    transport: address.kind,
    client(constructor) {
      checkOpen();
      return new constructor(target, channelCredentials(address, options.security), {
        ...clientOptions,
        channelOverride: base.getChannel(),
      });
    },
    duplex(method) {
      checkOpen();
      return base.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
    },
    beforeClose(callback) {
      closing.add(callback);
      return () => void closing.delete(callback);
    },
    [Symbol.asyncDispose]() {
      if (!closed) {
        closed = true;
        for (const callback of [...closing]) callback();
        base.close();
      }
      return Promise.resolve();
    },
  };
}

/** Resolves when the other side answers, within `boundMs`; throws TransportError `unavailable`. For starts and tests: calls need not wait for it. */
export function waitForReady(client: Client, boundMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(new Date(Date.now() + boundMs), (error) => {
      if (error === undefined || client.getChannel().getConnectivityState(false) === connectivityState.READY) resolve();
      else reject(new TransportError('unavailable', `not reachable within ${boundMs} ms`, { details: { sent: false }, cause: error }));
    });
  });
}

function channelOptions(address: Address, serverName: string): ChannelOptions {
  return {
    ...commonOptions(address),
    // Each channel is a connection of its own: bulk data must not delay beacons.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': RECONNECT_FIRST_MS,
    'grpc.dns_min_time_between_resolutions_ms': RESOLVE_AT_MOST_EVERY_MS,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    ...(address.kind === 'tcp' ? { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName } : {}),
  };
}

/** Every remote call has a deadline (STYLE 13), but for streams, which are meant to last. */
const withDeadline: Interceptor = (options, nextCall) => {
  const { requestStream, responseStream } = options.method_definition;
  if (requestStream || responseStream || options.deadline !== undefined) return new InterceptingCall(nextCall(options));
  return new InterceptingCall(nextCall({ ...options, deadline: Date.now() + DEFAULT_UNARY_DEADLINE_MS }));
};
