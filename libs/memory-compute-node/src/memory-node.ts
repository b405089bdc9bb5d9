import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { DesiredSecurityGroup } from '@pilvi/contracts/compute/v1/instance';
import { ComputeServiceService } from '@pilvi/contracts/compute/v1/service';
import type {
  ComputeGatewayMessage,
  ComputeHeartbeat,
  ComputeHello,
  ComputeNodeMessage,
  ConsoleQuestion,
  OfferedImage,
} from '@pilvi/contracts/compute/v1/service';
import type { Clock } from '@pilvi/runtime';
import type { RpcChannel } from '@pilvi/transport';
import { createMemoryInstances, type MemoryInstances, type Pace } from './memory-instances.ts';

const HEARTBEAT_MS = 1_000;

export interface MemoryNodeOptions {
  readonly hello: ComputeHello;
  readonly images: readonly OfferedImage[];
  /** Why it cannot run instances now; empty: it can. */
  readonly missing?: readonly string[];
  readonly pace?: Pace;
  readonly clock: Clock;
}

export interface MemoryComputeNode {
  readonly instances: MemoryInstances;
  /** As last told, by id. */
  readonly groups: ReadonlyMap<string, DesiredSecurityGroup>;
  /** Opens a session over the channel. Instances go on when it ends. Disposal ends it; `ended` says why it ended by itself. */
  connect(channel: RpcChannel): MemorySession;
}

export interface MemorySession extends Disposable {
  /** Resolves when everything that concerns the node has been told. */
  readonly told: Promise<void>;
  readonly ended: Promise<string>;
}

type Stream = ClientDuplexStream<ComputeNodeMessage, ComputeGatewayMessage>;

export function createMemoryComputeNode(options: MemoryNodeOptions): MemoryComputeNode {
  const { clock, hello, images, missing = [] } = options;
  const sessions = new Set<Stream>();
  const groups = new Map<string, DesiredSecurityGroup>();
  const beatAll = (): void => {
    for (const session of sessions) session.write({ body: { $case: 'heartbeat', value: heartbeat() } });
  };
  const instances = createMemoryInstances(clock, options.pace ?? { launchMs: 0, stopMs: 0 }, beatAll);

  function heartbeat(): ComputeHeartbeat {
    return {
      driver: { name: 'memory', ready: missing.length === 0, missing: [...missing] },
      instances: [...instances.observed],
      images: [...images],
      freeDiskBytes: hello.capacity?.diskBytes ?? 0n,
      stopping: false,
    };
  }

  function keepGroup(group: DesiredSecurityGroup): void {
    const known = groups.get(group.groupId);
    if (known !== undefined && known.revision > group.revision) return;
    if (group.gone) groups.delete(group.groupId);
    else groups.set(group.groupId, group);
  }

  function answer(session: Stream, { requestId, instanceId, maxBytes }: ConsoleQuestion): void {
    const console = instances.consoleOf(instanceId);
    const output = Buffer.from(console ?? '').subarray(-maxBytes);
    const value = { requestId, found: console !== undefined, output, writtenMs: BigInt(clock.wallMs()) };
    session.write({ body: { $case: 'console', value } });
  }

  /** There is nothing behind an instance in memory: it says so to whoever wants in. */
  function refuse(channel: RpcChannel, token: string): void {
    const call = channel.duplex(ComputeServiceService.access);
    call.on('error', () => undefined);
    call.resume();
    call.write({ body: { $case: 'token', value: token } });
    call.write({ body: { $case: 'refusal', value: 'an instance in memory has no inside' } });
    call.end();
  }

  function take({ session, channel }: { session: Stream; channel: RpcChannel }, { body }: ComputeGatewayMessage): 'told' | undefined {
    switch (body?.$case) {
      case 'instance':
        instances.desire(body.value);
        return undefined;
      case 'securityGroup':
        keepGroup(body.value);
        return undefined;
      case 'console':
        answer(session, body.value);
        return undefined;
      case 'forget':
        instances.forget(body.value.instanceId);
        return undefined;
      case 'access':
        refuse(channel, body.value.token);
        return undefined;
      case 'told':
        return 'told';
      case 'welcome':
      case 'tick':
      case undefined:
        return undefined;
    }
  }

  return {
    instances,
    groups,
    connect(channel) {
      const session: Stream = channel.duplex(ComputeServiceService.session);
      const told = Promise.withResolvers<undefined>();
      const ended = Promise.withResolvers<string>();
      const beats = clock.interval(HEARTBEAT_MS, () => void session.write({ body: { $case: 'heartbeat', value: heartbeat() } }));
      const end = (why: string): void => {
        beats.cancel();
        sessions.delete(session);
        ended.resolve(why);
      };
      session.on('data', (message: ComputeGatewayMessage) => {
        if (take({ session, channel }, message) === 'told') told.resolve(undefined);
      });
      session.on('error', (error: Error) => end(error.message));
      session.on('end', () => end('the gateway ended the session'));
      session.write({ body: { $case: 'hello', value: hello } });
      session.write({ body: { $case: 'heartbeat', value: heartbeat() } });
      sessions.add(session);
      return { told: told.promise, ended: ended.promise, [Symbol.dispose]: () => session.cancel() };
    },
  };
}
