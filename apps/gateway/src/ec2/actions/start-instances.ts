import { QueryError } from '@pilvi/aws-query';
import type { StartInstancesRequest, StartInstancesResult } from '@pilvi/aws-query/ec2';
import { fits, INSTANCE_TYPES, type InstanceRecord, instanceState, minus, roomOf } from '@pilvi/compute-model';
import { changeInstances, incorrectState } from '../change-instances.ts';
import { requireComputeNode, roomOfNodes } from '../compute-room.ts';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import type { Step } from '../state/collection.ts';

/** An instance starts again where its root is. */
export const startInstances = ec2Action<StartInstancesRequest, StartInstancesResult>({
  name: 'StartInstances',
  takes: ['InstanceIds'],
  resources: ({ InstanceIds = [] }) => InstanceIds.map((id) => `instance/${id}`),
  async run({ InstanceIds }, call) {
    const launchMs = call.clock.wallMs();
    const start = (record: InstanceRecord): InstanceRecord => {
      const state = instanceState(record);
      if (state === 'running' || state === 'pending') return record;
      if (state !== 'stopped') throw incorrectState(record, 'started');
      return { ...record, power: 'running', force: false, starts: record.starts + 1, launchMs, reason: undefined };
    };
    return { StartingInstances: await changeInstances(call, InstanceIds, start, (started) => takeRoom(call, started)) };
  },
});

/** Stopped instances keep no memory of their node. Throws InsufficientInstanceCapacity when it was given away. */
async function takeRoom(call: Ec2Call, started: readonly InstanceRecord[]): Promise<Step[]> {
  requireComputeNode(call);
  const { state } = call;
  const nodes = await state.nodes.all();
  const zones = (await state.zones.all()).map((stored) => stored.record);
  const instances = (await state.instances.all()).map((stored) => stored.record);
  const rooms = new Map(
    roomOfNodes(call, { nodes: nodes.map(({ record }) => record), zones, instances }).map((room) => [room.nodeId, room.free]),
  );
  for (const { nodeId, instanceType, instanceId } of started) {
    const free = rooms.get(nodeId);
    const need = roomOf(INSTANCE_TYPES.get(instanceType)!, 0);
    if (free === undefined || !fits(need, free))
      throw new QueryError(
        'InsufficientInstanceCapacity',
        `The node that keeps the root of ${instanceId} ${free === undefined ? 'is out of reach' : 'has no room'} now.`,
      );
    rooms.set(nodeId, minus(free, need));
  }
  const used = new Set(started.map(({ nodeId }) => nodeId));
  return nodes.filter(({ record }) => used.has(record.nodeId)).map((node) => state.nodes.replace(node, node.record));
}
