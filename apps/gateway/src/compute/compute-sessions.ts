import { status } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { ComputeServiceService } from '@pilvi/contracts/compute/v1/service';
import type {
  ComputeGatewayMessage,
  ComputeHeartbeat,
  ComputeHello,
  ComputeNodeMessage,
  ComputeServiceServer,
} from '@pilvi/contracts/compute/v1/service';
import type { Clock, Logger, Random, Supervisor } from '@pilvi/runtime';
import { createAccessExchange } from './access-exchange.ts';
import type { ComputeBackend, ComputeSessions, ConnectedNode } from './compute-backend.ts';
import { createConsoleQuestions } from './console-questions.ts';
import { registerNode } from './register-node.ts';
import { sameWords } from './same-words.ts';
import { nothingTold, type Told, whatToTell } from './tell-node.ts';

const TICK_MS = 1_000;
/** A node that sent nothing for this long counts as out of reach. */
const SILENT_AFTER_MS = 3_500;

interface Components extends Pick<ComputeSessions, 'absence'> {
  /** Nodes that call earlier wait for it. */
  readonly backend: Promise<ComputeBackend>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly supervisor: Supervisor;
  readonly region: string;
  /** Where our own API is reached from inside instances. */
  readonly endpoint: string;
  /** gRPC addresses of all gateways. */
  readonly gateways: readonly string[];
}

type Stream = ServerDuplexStream<ComputeNodeMessage, ComputeGatewayMessage>;

interface Session {
  readonly call: Stream;
  readonly hello: ComputeHello;
  heartbeat: ComputeHeartbeat | undefined;
  heardMs: number;
  readonly told: Told;
}

/** The gateway's end of ComputeService: what nodes observe comes in, what is desired of them goes out. */
export function createComputeSessions(components: Components): ComputeSessions {
  const { clock, log, supervisor, region, endpoint } = components;
  const sessions = new Map<string, Session>();
  const listeners = new Set<() => void>();
  const questions = createConsoleQuestions(clock);
  const ways = createAccessExchange(components);
  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  const fresh = (session: Session | undefined): ConnectedNode | undefined => {
    if (session?.heartbeat === undefined || clock.monotonicMs() - session.heardMs > SILENT_AFTER_MS) return undefined;
    return { nodeId: session.hello.nodeId, hello: session.hello, heartbeat: session.heartbeat };
  };

  /** Accepts a node, and tells it all that concerns it, now and whenever it changes. Returns the way to end that. */
  async function open(call: Stream, hello: ComputeHello): Promise<() => void> {
    const { state, pictures, clusterId } = await components.backend;
    const refusal = await registerNode(state, clusterId, hello);
    if (refusal !== undefined) {
      log.warn({ node: hello.nodeId, name: hello.name, reason: refusal }, 'compute node refused');
      call.emit('error', { code: status.FAILED_PRECONDITION, details: refusal });
      return () => undefined;
    }
    const { nodeId } = hello;
    sessions.get(nodeId)?.call.end();
    const session: Session = {
      call,
      hello,
      heartbeat: undefined,
      heardMs: clock.monotonicMs(),
      told: nothingTold(),
    };
    sessions.set(nodeId, session);
    log.info({ node: nodeId, name: hello.name }, 'compute node session opened');
    call.write({ body: { $case: 'welcome', value: { clusterId, gateways: [...components.gateways] } } });
    let toldAll = false;
    const tell = (): void => {
      const picture = pictures.current();
      if (picture === undefined) return;
      for (const message of whatToTell(picture, session.told, { nodeId, region, endpoint, log })) call.write(message);
      if (!toldAll) call.write({ body: { $case: 'told', value: { revision: BigInt(picture.revision) } } });
      toldAll = true;
    };
    tell();
    const unsubscribe = pictures.subscribe(tell);
    const ticker = clock.interval(TICK_MS, () => void call.write({ body: { $case: 'tick', value: {} } }));
    return () => {
      unsubscribe();
      ticker.cancel();
      if (sessions.get(nodeId) !== session) return;
      sessions.delete(nodeId);
      log.info({ node: nodeId, name: hello.name }, 'compute node session ended');
      changed();
    };
  }

  function hear(session: Session, heartbeat: ComputeHeartbeat): void {
    const isNews = session.heartbeat === undefined || !sameWords(session.heartbeat, heartbeat);
    session.heartbeat = heartbeat;
    session.heardMs = clock.monotonicMs();
    if (isNews) changed();
  }

  function run(call: Stream): void {
    let nodeId: string | undefined;
    let ended = false;
    let endSession: (() => void) | undefined;
    const end = (): void => {
      ended = true;
      endSession?.();
    };
    const early: ComputeHeartbeat[] = [];
    call.on('data', ({ body }: ComputeNodeMessage) => {
      const session = nodeId === undefined ? undefined : sessions.get(nodeId);
      switch (body?.$case) {
        case 'hello': {
          if (nodeId !== undefined) return;
          const hello = body.value;
          nodeId = hello.nodeId;
          supervisor.run('compute-node-hello', async () => {
            endSession = await open(call, hello).catch((error: unknown) => {
              // The control store does not serve, say. The node is to call again; a session in which it is not known would last for ever.
              log.warn({ err: error, node: hello.nodeId, name: hello.name }, 'compute node not taken in now');
              call.emit('error', { code: status.UNAVAILABLE, details: 'this gateway cannot take a compute node in now' });
              return () => undefined;
            });
            const opened = sessions.get(hello.nodeId);
            const last = early.pop();
            if (opened?.call === call && last !== undefined) hear(opened, last);
            if (ended) endSession();
          });
          return;
        }
        case 'heartbeat':
          if (session?.call === call) hear(session, body.value);
          else early.splice(0, 1, body.value);
          return;
        case 'console':
          questions.answer(body.value);
          return;
        case undefined:
          return;
      }
    });
    call.on('end', () => {
      call.end();
      end();
    });
    call.on('error', end);
    call.on('cancelled', end);
  }

  const implementation: ComputeServiceServer = {
    session: run,
    access: ways.take,
    readImage(call) {
      components.backend.then(
        ({ readImage }) => readImage(call),
        () => call.destroy(),
      );
    },
  };

  return {
    service: { definition: ComputeServiceService, implementation },
    absence: components.absence,
    get nodes() {
      return [...sessions.values()].flatMap((session) => fresh(session) ?? []);
    },
    connected: (nodeId) => fresh(sessions.get(nodeId)),
    async console(nodeId, instanceId, signal) {
      const session = sessions.get(nodeId);
      if (fresh(session) === undefined) return undefined;
      return questions.ask(instanceId, (value) => void session?.call.write({ body: { $case: 'console', value } }), signal);
    },
    async access(nodeId) {
      const session = sessions.get(nodeId);
      if (fresh(session) === undefined) return undefined;
      return ways.ask((value) => void session?.call.write({ body: { $case: 'access', value } }));
    },
    forget(nodeId, instanceId) {
      sessions.get(nodeId)?.call.write({ body: { $case: 'forget', value: { instanceId } } });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      for (const { call } of sessions.values()) call.end();
    },
  };
}
