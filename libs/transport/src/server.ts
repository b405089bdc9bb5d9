import { Server } from '@grpc/grpc-js';
import type { MethodDefinition, ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Http2Server, ServerOptions } from 'node:http2';
import type { Logger } from '@pilvi/runtime';
import { formatAddress, parseAddress } from './address.ts';
import type { Address } from './address.ts';
import { TransportError } from './errors.ts';
import type { Security } from './security.ts';
import { serverCredentials } from './security.ts';
import { commonOptions, FLOW_CONTROL_WINDOW_BYTES } from './settings.ts';
import { closeToOthers, prepareSocketPath } from './unix-socket.ts';

/** How long calls under way may take to end when a server closes. */
export const CLOSE_BOUND_MS = 500;
const MAX_STREAMS_PER_CONNECTION = 1_024;

/** A service as ts-proto's grpc-js output gives it: `{ definition: FooServiceService, implementation }`. */
export interface RpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

export interface ServeOptions {
  /** `unix:/path` or `host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly security: Security;
  readonly services: readonly RpcService[];
  readonly limits?: { readonly maxStreamsPerConnection?: number };
  readonly log?: Logger;
}

/** A running server. Disposal tells its streams first, and then ends what does not end by itself. */
export interface RpcServer extends AsyncDisposable {
  /** Where it serves, with the port that was taken. */
  readonly address: string;
}

/** What `serve` knows of a streaming call, for those who attend it. */
interface Attended {
  readonly transport: Address['kind'];
  /** Called before the server closes the call (REPLICATION L3: void leases first, then close). */
  readonly onClosing: Set<() => void>;
}

const attendedCalls = new WeakMap<object, Attended>();

/** How the client of a streaming call reached us; `tcp` when the call is not one of `serve`'s. */
export function transportOf(call: object): Address['kind'] {
  return attendedCalls.get(call)?.transport ?? 'tcp';
}

/** Runs `callback` just before the server closes this call; returns the way to take it back. */
export function beforeServerCloses(call: object, callback: () => void): () => void {
  const callbacks = attendedCalls.get(call)?.onClosing;
  callbacks?.add(callback);
  return () => void callbacks?.delete(callback);
}

/** Serves until disposed. Throws TransportError `bad-address`, `path-too-long`, `insecure`, `address-in-use` or `bad-certificate`. */
export async function serve(options: ServeOptions): Promise<RpcServer> {
  const address = parseAddress(options.address);
  const credentials = serverCredentials(address, options.security);
  if (address.kind === 'unix') await prepareSocketPath(address.path);
  const server = new Server({
    ...commonOptions(address),
    'grpc.max_concurrent_streams': options.limits?.maxStreamsPerConnection ?? MAX_STREAMS_PER_CONNECTION,
  });
  const streams = new Set<object>();
  for (const { definition, implementation } of options.services)
    server.addService(definition, attend(definition, implementation, address.kind, streams));
  const windows = widenWindows(server);
  const port = await bind(server, formatAddress(address), credentials);
  windows.bound();
  if (address.kind === 'unix') await closeToOthers(address.path);
  const bound = formatAddress(address.kind === 'unix' ? address : { ...address, port });
  options.log?.info({ address: bound, security: options.security.kind }, 'serving gRPC');
  return { address: bound, [Symbol.asyncDispose]: () => close(server, streams) };
}

/** What this file needs to know of the inside of grpc-js's Server (1.14.7, pinned); server.test.ts notices when it is there no more. */
interface ServerInside {
  readonly commonServerOptions: ServerOptions;
  readonly http2Servers: ReadonlyMap<Http2Server, unknown>;
}

/**
 * grpc-js keeps `grpc-node.flow_control_window` for clients only: its servers receive with HTTP/2's 64 KiB, for a stream and for a connection. A node that is
 * busy then takes 64 KiB in each turn of its event loop, and a chunk of 1 MiB waits for sixteen of them.
 */
function widenWindows(server: Server): { bound(): void } {
  const inside = server as unknown as ServerInside;
  const { commonServerOptions } = inside;
  commonServerOptions.settings = { ...commonServerOptions.settings, initialWindowSize: FLOW_CONTROL_WINDOW_BYTES };
  return {
    bound() {
      for (const http2Server of inside.http2Servers.keys())
        http2Server.on('session', (session) => {
          session.setLocalWindowSize(FLOW_CONTROL_WINDOW_BYTES);
        });
    },
  };
}

function bind(server: Server, target: string, credentials: ReturnType<typeof serverCredentials>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, port) => {
      if (error === null) resolve(port);
      else
        reject(
          new TransportError('address-in-use', `cannot serve ${target}: ${error.message}`, { details: { address: target }, cause: error }),
        );
    });
  });
}

/** The same implementation, its bidirectional streams noted while they live. */
function attend(
  definition: ServiceDefinition,
  implementation: UntypedServiceImplementation,
  transport: Address['kind'],
  streams: Set<object>,
): UntypedServiceImplementation {
  const result: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries<MethodDefinition<unknown, unknown>>(definition)) {
    const handler = implementation[name];
    if (handler === undefined) continue;
    if (!method.requestStream || !method.responseStream) {
      result[name] = handler.bind(implementation);
      continue;
    }
    const run = handler.bind(implementation) as (call: ServerDuplexStream<unknown, unknown>) => void;
    result[name] = (call: ServerDuplexStream<unknown, unknown>) => {
      attendedCalls.set(call, { transport, onClosing: new Set() });
      streams.add(call);
      call.once('cancelled', () => void streams.delete(call));
      call.once('close', () => void streams.delete(call));
      run(call);
    };
  }
  return result;
}

async function close(server: Server, streams: ReadonlySet<object>): Promise<void> {
  for (const stream of [...streams]) for (const callback of [...(attendedCalls.get(stream)?.onClosing ?? [])]) callback();
  await new Promise<void>((resolve) => {
    const bound = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, CLOSE_BOUND_MS);
    server.tryShutdown(() => {
      clearTimeout(bound);
      resolve();
    });
  });
}
