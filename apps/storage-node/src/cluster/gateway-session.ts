import { memberToProto, settingsFromProto } from '@pilvi/cluster-map';
import type { ClusterSettings, Member } from '@pilvi/cluster-map';
import { ClusterServiceClient } from '@pilvi/contracts/cluster/v1/service';
import type { GatewayMessage, Heartbeat, JoinResponse, NodeMessage, PlacementAdvice } from '@pilvi/contracts/cluster/v1/service';
import type { Logger } from '@pilvi/runtime';
import { callUnary } from '@pilvi/transport';
import type { RpcChannel } from '@pilvi/transport';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { MapCache } from './map-cache.ts';

const PROTOCOL_VERSION = 2;
const JOIN_DEADLINE_MS = 10_000;

/** What a node says to a gateway, and what it does with the answers. */
export interface SessionComponents {
  readonly self: () => Member;
  readonly clusterId: () => string;
  readonly maps: MapCache;
  readonly log: Logger;
  readonly heartbeat: () => Heartbeat;
  /** A gateway was heard (C5). */
  readonly onContact: () => void;
  readonly onAdvice: (advice: PlacementAdvice) => void;
  readonly onScrub: () => void;
  readonly onJoined: (settings: ClusterSettings) => Promise<void>;
  /** Addresses of all gateways. */
  readonly onGateways: (told: readonly string[]) => void;
}

export type Session = ClientDuplexStream<NodeMessage, GatewayMessage>;

/** Joins through one gateway and holds a session with it, which is in `sessions` meanwhile; resolves when it ends. Throws TransportError. */
export async function runSession(
  components: SessionComponents,
  channel: RpcChannel,
  sessions: Set<Session>,
  signal: AbortSignal,
): Promise<void> {
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
          components.onGateways(message.body.value.addresses);
          return;
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

function joinCluster(components: SessionComponents, client: ClusterServiceClient, signal: AbortSignal): Promise<JoinResponse> {
  const request = { member: memberToProto(components.self()), clusterId: components.clusterId(), protocol: PROTOCOL_VERSION };
  return callUnary((metadata, options, done) => client.join(request, metadata, options, done), { signal, deadlineMs: JOIN_DEADLINE_MS });
}
