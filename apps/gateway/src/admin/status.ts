import type { ComputeNodeStatus, NodeState, NodeStatus, StatusDocument } from '@pilvi/admin-api';
import type { ClusterMap, ClusterMapSource, Member } from '@pilvi/cluster-map';
import type { Heartbeat } from '@pilvi/contracts/cluster/v1/service';
import { InstanceState } from '@pilvi/contracts/compute/v1/instance';
import type { ControlHealth } from '../control/control-health.ts';
import type { NodeLiveness } from '../cluster/node-liveness.ts';
import type { NodeReports } from '../cluster/node-reports.ts';
import type { ComputeSessions, ConnectedNode } from '../compute/compute-backend.ts';
import { whyNoInstances } from '../compute/why-no-instances.ts';
import { clusterHealth } from './cluster-health.ts';

interface Components {
  readonly maps: ClusterMapSource;
  readonly reports: NodeReports;
  readonly liveness: NodeLiveness;
  /** A node silent for this long loses its places (P2). */
  readonly deadAfterMs: number;
  readonly wallMs: () => number;
  readonly controlHealth: ControlHealth;
  readonly compute: Pick<ComputeSessions, 'nodes' | 'absence'>;
  /** Of this gateway. */
  readonly name: string;
  readonly leads: () => boolean;
}

/** `GET /_pilvi/status`: the cluster as its nodes report it now. */
export function statusDocument(components: Components): StatusDocument {
  const { maps, reports, controlHealth, compute, name, leads } = components;
  const map = maps.current();
  const health = clusterHealth(map, reports, controlHealth.reason());
  const { partitions } = health;
  const objects = map === undefined ? 0 : countObjects(map, reports);
  return {
    clusterId: map?.settings.clusterId ?? '',
    serving: health.serving,
    redundant: health.redundant,
    reason: health.reason,
    controlStore: controlHealth.reason(),
    gateway: { name, leads: leads() },
    settings: {
      copies: map?.settings.copies ?? 0,
      minInSync: map?.settings.minInSync ?? 0,
      minZones: map?.settings.minZones ?? 0,
      partitions: map?.settings.partitions ?? 0,
    },
    nodes: [...(map?.members.values() ?? [])]
      .filter((m) => m.state !== 'retired')
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((member) => nodeStatus(components, map, member)),
    partitions: {
      total: partitions.length,
      underReplicated: partitions.filter((p) => p.underReplicated).length,
      leaderless: partitions.filter((p) => !p.serving).length,
      lost: partitions.filter((p) => p.lost).length,
      differing: partitions.filter((p) => p.differs).length,
    },
    compute: {
      reason: whyNoInstances(compute),
      nodes: compute.nodes.map(computeNodeStatus).sort((a, b) => (a.name < b.name ? -1 : 1)),
    },
    objects: {
      total: objects,
      // What is not counted yet is not called whole.
      underReplicated: partitions.reduce((sum, p) => sum + (p.objectsUnderReplicated ?? 1), 0) + doubtfulNodes(map, reports),
    },
  };
}

/** Nodes that have lost chunks, they do not know how many yet. */
function doubtfulNodes(map: ClusterMap | undefined, reports: NodeReports): number {
  return [...(map?.members.keys() ?? [])].filter((node) => reports.fresh(node)?.doubtful === true).length;
}

function countObjects(map: ClusterMap, reports: NodeReports): number {
  let total = 0;
  for (const config of map.partitions)
    if (config !== undefined) total += Number(reports.primaryReport(config.partition, config.primary)?.objects ?? 0n);
  return total;
}

function nodeStatus({ reports, liveness, deadAfterMs, wallMs }: Components, map: ClusterMap | undefined, member: Member): NodeStatus {
  const heartbeat = reports.fresh(member.incarnation);
  const silentMs = reports.silentMs(member.incarnation);
  const named = (map?.partitions ?? []).filter(
    (p) => p !== undefined && [...p.replicas, ...p.inSync, ...p.learners].includes(member.incarnation),
  );
  const roles = (role: string): number => heartbeat?.partitions.filter((p) => p.role === role).length ?? 0;
  return {
    name: member.name,
    zone: member.zone,
    incarnation: member.incarnation,
    address: member.address,
    state: stateOf(member, heartbeat, silentMs, deadAfterMs),
    lastSeenMs: heartbeat === undefined ? Math.round(wallMs() - silentMs) : 0,
    freeBytes: Number(heartbeat?.freeBytes ?? 0n),
    totalBytes: Number(heartbeat?.totalBytes ?? 0n),
    chunkBytes: Number(heartbeat?.chunkBytes ?? 0n),
    indexBytes: Number(heartbeat?.indexBytes ?? 0n),
    setAside: heartbeat?.setAside ?? '',
    scrub: {
      running: heartbeat?.scrubbing ?? false,
      finishedMs: Number(heartbeat?.scrubbedMs ?? 0n),
      healed: Number(heartbeat?.scrubHealed ?? 0n),
    },
    partitions: { primary: roles('primary'), secondary: roles('secondary'), learner: roles('learner') },
    places: named.length,
    unsettled: heartbeat?.unsettled ?? 0,
    isEmpty: named.length === 0 && liveness.isEmpty(member.incarnation),
  };
}

function stateOf(member: Member, heartbeat: Heartbeat | undefined, silentMs: number, deadAfterMs: number): NodeState {
  if (heartbeat === undefined) return silentMs >= deadAfterMs ? 'lost' : 'down';
  if (heartbeat.stopping) return 'stopping';
  return member.state === 'draining' ? 'draining' : 'up';
}

function computeNodeStatus({ hello, heartbeat }: ConnectedNode): ComputeNodeStatus {
  const { driver, instances, images, stopping } = heartbeat;
  const here = instances.filter((each) => each.state !== InstanceState.TERMINATED);
  const running = here.filter((each) => each.state === InstanceState.RUNNING).length;
  return {
    name: hello.name,
    zone: hello.zone,
    state: stopping ? 'stopping' : driver?.ready === true ? 'up' : 'off',
    missing: driver?.missing ?? [],
    running,
    notRunning: here.length - running,
    publicCidr: hello.publicCidr,
    progress: images.filter((image) => image.progress !== '').map((image) => `${image.name}: ${image.progress}`),
  };
}
