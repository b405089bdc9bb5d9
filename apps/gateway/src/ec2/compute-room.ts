import { QueryError } from '@pilvi/aws-query';
import {
  type ComputeNodeRecord,
  INSTANCE_TYPES,
  type InstanceRecord,
  isGone,
  minus,
  type NodeRoom,
  type Room,
  roomOf,
  type ZoneRecord,
} from '@pilvi/compute-model';
import { whyNoInstances } from '../compute/why-no-instances.ts';
import type { Ec2Call } from './ec2-action.ts';

/** Throws UnsupportedOperation, with what is missing, when no node can run instances. */
export function requireComputeNode({ sessions }: Pick<Ec2Call, 'sessions'>): void {
  const reason = whyNoInstances(sessions);
  if (reason !== '') throw new QueryError('UnsupportedOperation', `Instances cannot be run: ${reason}.`);
}

/** What is left of every node that can take instances now, by what the control store says was given away. */
export function roomOfNodes(
  { sessions }: Pick<Ec2Call, 'sessions'>,
  { nodes, zones, instances }: { nodes: readonly ComputeNodeRecord[]; zones: readonly ZoneRecord[]; instances: readonly InstanceRecord[] },
): NodeRoom[] {
  return nodes.flatMap((node): NodeRoom[] => {
    const heartbeat = sessions.connected(node.nodeId)?.heartbeat;
    const zoneName = zones.find((zone) => zone.failureDomain === node.failureDomain)?.zoneName;
    if (node.replaced || heartbeat?.driver?.ready !== true || heartbeat.stopping || zoneName === undefined) return [];
    const own = instances.filter((record) => record.nodeId === node.nodeId && !isGone(record));
    return [
      {
        nodeId: node.nodeId,
        zoneName,
        architecture: node.architecture,
        free: own.reduce((free, record) => minus(free, takenBy(record)), roomIn(node)),
      },
    ];
  });
}

function roomIn({ cpuMillis, memoryBytes, diskBytes }: ComputeNodeRecord): Room {
  return { cpuMillis, memoryBytes, diskBytes };
}

/** A stopped instance keeps its disk; one that still stops keeps everything. */
function takenBy(record: InstanceRecord): Room {
  const type = INSTANCE_TYPES.get(record.instanceType);
  const isStopped = record.power === 'stopped' && record.observed?.state === 'stopped';
  return type === undefined ? { cpuMillis: 0, memoryBytes: 0, diskBytes: 0 } : roomOf(type, record.rootVolume.sizeGib, isStopped);
}
