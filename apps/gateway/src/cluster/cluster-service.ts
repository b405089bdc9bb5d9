import { incarnation, memberToProto, settingsToProto, configToProto } from '@pilvi/cluster-map';
import type { ClusterMap, Epoch, Incarnation, PartitionConfig } from '@pilvi/cluster-map';
import type { MapUpdate } from '@pilvi/contracts/cluster/v1/map';
import { ClusterServiceService } from '@pilvi/contracts/cluster/v1/service';
import type { ClusterServiceServer, GatewayMessage, NodeMessage, WantedPlacement } from '@pilvi/contracts/cluster/v1/service';
import type { ControlStore } from '@pilvi/control-store';
import { createSeldom } from '@pilvi/runtime';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import { status } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Contact } from './first-contact.ts';
import type { GatewayDirectory } from './gateway-directory.ts';
import { join } from './join.ts';
import type { JoinRefusal } from './join.ts';
import type { MapKeeper } from './map-keeper.ts';
import type { NodeReports } from './node-reports.ts';
import { proposeConfig } from './propose-config.ts';

/** So that a node knows that it reaches a gateway (C5). */
const TICK_MS = 1_000;
/** A line for each proposal that an absent control store puts off would be hundreds in a second. */
const PUT_OFF_TOLD_EVERY_MS = 5_000;

interface Components {
  readonly control: () => ControlStore;
  readonly maps: MapKeeper;
  readonly reports: NodeReports;
  readonly clock: Clock;
  readonly log: Logger;
  readonly supervisor: Supervisor;
  readonly gateways: GatewayDirectory;
  /** Told of every node that calls, before anything is asked of the control store. */
  readonly onContact: (contact: Contact) => void;
  /** Resolves when the control store is open; joins wait for it. */
  readonly ready: Promise<void>;
}

export interface ClusterSessions {
  readonly service: { readonly definition: typeof ClusterServiceService; readonly implementation: ClusterServiceServer };
  /** Sends advice to the node that leads the partitions named (C4); false when it is not connected. */
  advise(node: Incarnation, wanted: readonly WantedPlacement[], term: number): boolean;
  connected(node: Incarnation): boolean;
  readonly connectedNodes: readonly Incarnation[];
  /** Asks every connected node to read all that it stores again; says whom. */
  scrub(): Incarnation[];
  close(): void;
}

type Stream = ServerDuplexStream<NodeMessage, GatewayMessage>;

/** The gateway's end of ClusterService: joins, heartbeats and proposals in, map updates and advice out. */
export function createClusterSessions(components: Components): ClusterSessions {
  const { maps, reports, log, supervisor, clock, gateways } = components;
  const sessions = new Map<Incarnation, Stream>();
  const underWay = new Set<string>();
  const seldom = createSeldom(clock, PUT_OFF_TOLD_EVERY_MS);

  function run(call: Stream): void {
    let node: Incarnation | undefined;
    const sent = new Map<number, Epoch>();
    let last: ClusterMap | undefined;

    const sendMap = (map: ClusterMap): void => {
      const update = mapUpdate(map, sent, last);
      last = map;
      if (update !== undefined) call.write({ body: { $case: 'map', value: update } });
    };
    const sendGateways = (): void => void call.write({ body: { $case: 'gateways', value: { addresses: [...gateways.current()] } } });
    const unsubscribe = maps.subscribe((map) => {
      if (node !== undefined) sendMap(map);
    });
    const unfollow = gateways.subscribe(() => {
      if (node !== undefined) sendGateways();
    });
    const ticker = clock.interval(TICK_MS, () => {
      if (node !== undefined) call.write({ body: { $case: 'tick', value: {} } });
    });
    const end = (): void => {
      unsubscribe();
      unfollow();
      ticker.cancel();
      if (node !== undefined && sessions.get(node) === call) {
        sessions.delete(node);
        reports.forget(node);
        log.info({ node }, 'node session ended');
      }
    };
    call.on('data', (message: NodeMessage) => {
      const body = message.body;
      switch (body?.$case) {
        case 'hello': {
          node = incarnation(body.value.incarnation);
          sessions.get(node)?.end();
          sessions.set(node, call);
          const map = maps.current();
          if (map !== undefined) sendMap(map);
          sendGateways();
          log.info({ node }, 'node session opened');
          return;
        }
        case 'heartbeat':
          if (node !== undefined) reports.record(node, body.value);
          return;
        case 'propose': {
          const proposal = body.value;
          supervisor.run('propose-config', () => proposeConfig({ control: components.control(), maps, log, underWay, seldom }, proposal));
          return;
        }
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

  const implementation: ClusterServiceServer = {
    join(call, callback) {
      const member = call.request.member;
      if (member !== undefined)
        components.onContact({
          incarnation: incarnation(member.incarnation),
          address: member.address,
          zone: member.zone,
          clusterId: call.request.clusterId,
        });
      components.ready
        .then(async () => {
          const settings = maps.current()?.settings;
          if (settings === undefined) throw new Error('the cluster has no settings yet');
          const joined = await join(components.control(), settings.clusterId, call.request, clock.wallMs());
          if (typeof joined === 'string') {
            log.warn({ node: member?.incarnation, name: member?.name, reason: joined }, 'join refused');
            callback({ code: status.FAILED_PRECONDITION, details: JOIN_REFUSALS[joined] });
            return;
          }
          callback(null, { settings: settingsToProto(settings), gateways: [...gateways.current()] });
        })
        .catch((error: unknown) => {
          log.warn({ err: error }, 'join failed');
          callback({ code: status.UNAVAILABLE, details: 'the control store is not available' });
        });
    },
    session: run,
  };

  return {
    service: { definition: ClusterServiceService, implementation },
    advise(node, wanted, term) {
      const call = sessions.get(node);
      if (call === undefined) return false;
      call.write({ body: { $case: 'advice', value: { wanted: [...wanted], term: BigInt(term) } } });
      return true;
    },
    connected: (node) => sessions.has(node),
    get connectedNodes() {
      return [...sessions.keys()];
    },
    scrub() {
      for (const call of sessions.values()) call.write({ body: { $case: 'scrub', value: {} } });
      return [...sessions.keys()];
    },
    close() {
      for (const call of sessions.values()) call.end();
    },
  };
}

const JOIN_REFUSALS: Record<JoinRefusal, string> = {
  'other-cluster': 'this disk belongs to another cluster',
  'other-protocol': 'this node speaks another version of the protocol',
  retired: 'this incarnation was retired: another disk took its name',
  malformed: 'the join request names no member',
};

/** What a node has not been told yet: every member when one changed, and the partitions whose epoch is above the one sent. */
function mapUpdate(map: ClusterMap, sent: Map<number, Epoch>, last: ClusterMap | undefined): MapUpdate | undefined {
  const partitions = map.partitions.filter((p): p is PartitionConfig => p !== undefined && p.epoch > (sent.get(p.partition) ?? 0));
  const membersChanged = last === undefined || !sameMembers(last.members, map.members);
  if (partitions.length === 0 && !membersChanged && map.settings === last.settings) return undefined;
  for (const p of partitions) sent.set(p.partition, p.epoch);
  return {
    revision: BigInt(map.revision),
    settings: settingsToProto(map.settings),
    members: membersChanged ? [...map.members.values()].map(memberToProto) : [],
    partitions: partitions.map(configToProto),
    complete: membersChanged,
  };
}

function sameMembers(a: ClusterMap['members'], b: ClusterMap['members']): boolean {
  return a.size === b.size && [...a].every(([id, member]) => b.get(id) === member);
}
