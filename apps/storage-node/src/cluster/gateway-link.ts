import { settingsFromProto } from '@pilvi/cluster-map';
import type { ClusterSettings, Member } from '@pilvi/cluster-map';
import { memberToProto } from '@pilvi/cluster-map';
import { ClusterServiceClient } from '@pilvi/contracts/cluster/v1/service';
import type {
  GatewayMessage,
  Heartbeat,
  JoinResponse,
  NodeMessage,
  PlacementAdvice,
  ProposeConfig,
} from '@pilvi/contracts/cluster/v1/service';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import { callUnary, dial } from '@pilvi/transport';
import type { RpcChannel, Security } from '@pilvi/transport';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { MapCache } from './map-cache.ts';

const PROTOCOL_VERSION = 2;
const HEARTBEAT_MS = 1_000;
/** Changes of role are told at once, but gathered for this long. */
const HEARTBEAT_GATHER_MS = 20;
const RETRY_MS = 50;
const JOIN_DEADLINE_MS = 10_000;

interface Components {
  readonly addresses: readonly string[];
  readonly security: (address: string) => Security;
  readonly self: () => Member;
  readonly clusterId: () => string;
  readonly maps: MapCache;
  readonly clock: Clock;
  readonly log: Logger;
  readonly supervisor: Supervisor;
  readonly heartbeat: () => Heartbeat;
  /** A gateway was heard (C5). */
  readonly onContact: () => void;
  readonly onAdvice: (advice: PlacementAdvice) => void;
  readonly onScrub: () => void;
  readonly onJoined: (settings: ClusterSettings) => Promise<void>;
}

/** This node's sessions, one to every gateway (C2). */
export interface GatewayLinks {
  /** Hands a proposal to the gateway heard last; when it is said again, to every one reached: each makes the same CAS, and one at most wins. */
  propose(proposal: ProposeConfig): void;
  /** Whether a session to any gateway is open now. */
  connected(): boolean;
  /** Something changed that the gateways should know before the next heartbeat. */
  nudge(): void;
}

type Session = ClientDuplexStream<NodeMessage, GatewayMessage>;

/** Joins the cluster and keeps a session to each gateway until the supervisor stops. */
export function createGatewayLinks(components: Components): GatewayLinks {
  const { addresses, security, supervisor, clock } = components;
  // In the order in which they were heard, the last one last.
  const sessions = new Set<Session>();
  const proposed = new Map<number, string>();
  const advice = createAdviceGate(components.onAdvice);
  let nudged = false;

  const beat = (session: Session): void => void session.write({ body: { $case: 'heartbeat', value: components.heartbeat() } });
  const beatAll = (): void => {
    for (const session of sessions) beat(session);
  };
  for (const address of addresses) {
    supervisor.run(`gateway-link ${address}`, async (signal) => {
      await using channel = dial({ address, security: security(address) });
      while (!signal.aborted) {
        try {
          await runSession({ ...components, onAdvice: advice }, channel, sessions, signal);
        } catch (error) {
          components.log.debug({ err: error, gateway: address }, 'gateway session failed');
        }
        await clock.sleep(RETRY_MS, signal);
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
    propose(proposal) {
      const { partition = 0, proposal: id = '' } = proposal.config ?? {};
      const isFirst = proposed.get(partition) !== id;
      proposed.set(partition, id);
      for (const session of isFirst ? [...sessions].slice(-1) : sessions) session.write({ body: { $case: 'propose', value: proposal } });
    },
    connected: () => sessions.size > 0,
    nudge() {
      if (nudged) return;
      nudged = true;
      supervisor.run('heartbeat', async (signal) => {
        await clock.sleep(HEARTBEAT_GATHER_MS, signal);
        nudged = false;
        beatAll();
      });
    },
  };
}

/** Several gateways advise one after another; what one of an earlier term says late is not followed. */
function createAdviceGate(follow: (advice: PlacementAdvice) => void): (advice: PlacementAdvice) => void {
  let newest = 0n;
  return (advice) => {
    if (advice.term < newest) return;
    newest = advice.term;
    follow(advice);
  };
}

async function runSession(components: Components, channel: RpcChannel, sessions: Set<Session>, signal: AbortSignal): Promise<void> {
  const { maps, log } = components;
  const client = channel.client(ClusterServiceClient);
  const joined = await joinCluster(components, client, signal);
  if (joined.settings !== undefined) await components.onJoined(settingsFromProto(joined.settings));
  const session = client.session();
  await new Promise<void>((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', cancel);
      sessions.delete(session);
      resolve();
    };
    const cancel = (): void => session.cancel();
    signal.addEventListener('abort', cancel);
    session.on('data', (message: GatewayMessage) => {
      components.onContact();
      if (sessions.delete(session)) sessions.add(session);
      switch (message.body?.$case) {
        case 'map':
          maps.merge(message.body.value);
          return;
        case 'advice':
          components.onAdvice(message.body.value);
          return;
        case 'scrub':
          components.onScrub();
          return;
        case 'gateways':
        case 'tick':
        case undefined:
          return;
      }
    });
    session.on('error', (error) => {
      log.debug({ err: error }, 'gateway session error');
      end();
    });
    session.on('end', end);
    session.on('close', end);
    session.write({ body: { $case: 'hello', value: { incarnation: components.self().incarnation } } });
    sessions.add(session);
    session.write({ body: { $case: 'heartbeat', value: components.heartbeat() } });
  });
}

function joinCluster(components: Components, client: ClusterServiceClient, signal: AbortSignal): Promise<JoinResponse> {
  const request = { member: memberToProto(components.self()), clusterId: components.clusterId(), protocol: PROTOCOL_VERSION };
  return callUnary((metadata, options, done) => client.join(request, metadata, options, done), { signal, deadlineMs: JOIN_DEADLINE_MS });
}
