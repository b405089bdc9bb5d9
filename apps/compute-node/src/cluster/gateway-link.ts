import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { DesiredInstance, DesiredSecurityGroup, ObjectImage } from '@pilvi/contracts/compute/v1/instance';
import { ComputeServiceClient } from '@pilvi/contracts/compute/v1/service';
import type {
  ComputeGatewayMessage,
  ComputeHeartbeat,
  ComputeHello,
  ComputeNodeMessage,
  ConsoleAnswer,
  ConsoleQuestion,
} from '@pilvi/contracts/compute/v1/service';
import { ImageError } from '@pilvi/instance-images';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import { dial } from '@pilvi/transport';
import type { RpcChannel, Security } from '@pilvi/transport';
import type { AccessCall } from '../access/serve-access.ts';

const HEARTBEAT_MS = 1_000;
/** Changes are told at once, but gathered for this long. */
const HEARTBEAT_GATHER_MS = 20;
const RETRY_MS = 200;
/** A gateway that refuses this node is asked again, for it may be mended; its words are repeated in the log when they change. */
const REFUSED_RETRY_MS = 5_000;
const READ_IMAGE_BOUND_MS = 30 * 60_000;

export interface LinkComponents {
  readonly addresses: readonly string[];
  readonly security: (address: string) => Security;
  readonly hello: () => ComputeHello;
  readonly heartbeat: () => ComputeHeartbeat;
  readonly clock: Clock;
  readonly log: Logger;
  readonly supervisor: Supervisor;
  readonly onWelcome: (clusterId: string) => Promise<void>;
  readonly onInstance: (desired: DesiredInstance) => Promise<void>;
  readonly onSecurityGroup: (group: DesiredSecurityGroup) => Promise<void>;
  readonly onForget: (instanceId: string) => Promise<void>;
  readonly answerConsole: (question: ConsoleQuestion) => Promise<ConsoleAnswer>;
  /** Serves one way into an instance, over a call that was made for it. */
  readonly serveAccess: (call: AccessCall, token: string) => Promise<void>;
}

/** This node's sessions, one to every gateway. None of them being open stops nothing. */
export interface GatewayLinks {
  /** Something changed that the gateways should know before the next heartbeat. */
  nudge(): void;
  /** Gateways that speak to this node now. */
  count(): number;
  /** The bytes of an image, from a gateway that is reached. */
  readObject(object: ObjectImage, signal: AbortSignal): AsyncIterable<Buffer>;
}

type Session = ClientDuplexStream<ComputeNodeMessage, ComputeGatewayMessage>;

export function createGatewayLinks(components: LinkComponents): GatewayLinks {
  const { addresses, security, supervisor, clock, log } = components;
  const open = new Map<Session, RpcChannel>();
  const heard = new Set<Session>();
  let nudged = false;
  const beatAll = (): void => {
    if (open.size === 0) return;
    const message: ComputeNodeMessage = { body: { $case: 'heartbeat', value: components.heartbeat() } };
    for (const session of open.keys()) session.write(message);
  };
  for (const address of addresses) {
    supervisor.run(`gateway-link ${address}`, async (signal) => {
      await using channel = dial({ address, security: security(address) });
      let refusedBecause: string | undefined;
      while (!signal.aborted) {
        const end: unknown = await runSession(components, channel, { open, heard }, signal).catch((error: unknown) => error);
        const reason = refusal(end);
        if (reason !== undefined && reason !== refusedBecause) log.error({ gateway: address, reason }, 'a gateway refuses this node');
        else if (end !== undefined) log.debug({ err: end, gateway: address }, 'gateway session failed');
        refusedBecause = reason;
        await clock.sleep(reason === undefined ? RETRY_MS : REFUSED_RETRY_MS, signal);
      }
    });
  }
  supervisor.run(
    'heartbeats',
    async (signal) => {
      while (!signal.aborted) {
        beatAll();
        await clock.sleep(HEARTBEAT_MS, signal);
      }
    },
    { onFailure: 'restart' },
  );

  return {
    nudge() {
      if (nudged) return;
      nudged = true;
      supervisor.run('heartbeat', async (signal) => {
        await clock.sleep(HEARTBEAT_GATHER_MS, signal);
        nudged = false;
        beatAll();
      });
    },
    count: () => heard.size,
    async *readObject(object, signal) {
      const [channel] = open.values();
      if (channel === undefined) throw new ImageError('failed', 'no gateway is reached, from which the image could be read');
      const call = channel
        .client(ComputeServiceClient)
        .readImage({ object, offsetBytes: 0n }, { deadline: clock.wallMs() + READ_IMAGE_BOUND_MS });
      const cancel = (): void => call.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        for await (const { data } of call as AsyncIterable<{ data: Buffer }>) yield data;
      } catch (error) {
        throw asImageError(error);
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
  };
}

/** One session until it ends. What it says is followed in its order: each is durable here before the next is looked at. */
async function runSession(
  components: LinkComponents,
  channel: RpcChannel,
  { open, heard }: { readonly open: Map<Session, RpcChannel>; readonly heard: Set<Session> },
  signal: AbortSignal,
): Promise<void> {
  const session: Session = channel.client(ComputeServiceClient).session();
  const cancel = (): void => session.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    session.write({ body: { $case: 'hello', value: components.hello() } });
    session.write({ body: { $case: 'heartbeat', value: components.heartbeat() } });
    open.set(session, channel);
    for await (const message of session as AsyncIterable<ComputeGatewayMessage>) {
      heard.add(session);
      await follow(components, { session, channel }, message);
    }
  } finally {
    open.delete(session);
    heard.delete(session);
    signal.removeEventListener('abort', cancel);
    session.cancel();
  }
}

async function follow(
  components: LinkComponents,
  { session, channel }: { session: Session; channel: RpcChannel },
  { body }: ComputeGatewayMessage,
): Promise<void> {
  switch (body?.$case) {
    case 'welcome':
      return components.onWelcome(body.value.clusterId);
    case 'instance':
      return components.onInstance(body.value);
    case 'securityGroup':
      return components.onSecurityGroup(body.value);
    case 'forget':
      return components.onForget(body.value.instanceId);
    case 'console':
      session.write({ body: { $case: 'console', value: await components.answerConsole(body.value) } });
      return;
    case 'access': {
      const { token } = body.value;
      components.supervisor.run('access', () => components.serveAccess(channel.client(ComputeServiceClient).access(), token));
      return;
    }
    case 'told':
    case 'tick':
    case undefined:
      return;
  }
}

const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

/** Why the gateway does not take this node in, when it said so. */
function refusal(end: unknown): string | undefined {
  const { code, details } = (end ?? {}) as { code?: number; details?: string };
  return code === FAILED_PRECONDITION ? details : undefined;
}

function asImageError(error: unknown): ImageError {
  const { code } = error as { code?: number };
  if (code === NOT_FOUND) return new ImageError('absent', "the image's object does not exist", error);
  if (code === FAILED_PRECONDITION) return new ImageError('absent', "the image's object has been replaced by another", error);
  return new ImageError('failed', "the image's object cannot be read", error);
}
