import type { ComputeNodeRecord } from '@pilvi/compute-model';
import type { ComputeHello } from '@pilvi/contracts/compute/v1/service';
import type { Ec2State } from '../ec2/state/ec2-state.ts';

/** Version of what compute nodes and gateways say to each other; raised when an old one could misunderstand. */
const PROTOCOL_VERSION = 1;

/** Keeps who the node is. Another id under its name takes its place. Answers why the node is refused, or nothing. */
export async function registerNode(state: Ec2State, clusterId: string, hello: ComputeHello): Promise<string | undefined> {
  const { nodeId, name, zone, architecture, capacity, publicCidr } = hello;
  if (hello.protocol !== PROTOCOL_VERSION) return 'this node speaks another version of the protocol';
  if (hello.clusterId !== '' && hello.clusterId !== clusterId) return 'this node belongs to another cluster';
  if (nodeId === '' || name === '' || zone === '' || capacity === undefined) return 'the node does not say who it is and what it has';
  return state.change(async () => {
    const known = await state.nodes.all();
    const own = known.find((stored) => stored.record.nodeId === nodeId);
    if (own?.record.replaced === true) return { steps: [], result: 'another node took the name of this one' };
    const record: ComputeNodeRecord = {
      nodeId,
      name,
      failureDomain: zone,
      architecture,
      cpuMillis: capacity.cpuMillis,
      memoryBytes: Number(capacity.memoryBytes),
      diskBytes: Number(capacity.diskBytes),
      publicCidr,
      replaced: false,
    };
    const others = known.filter((stored) => stored.record.name === name && stored.record.nodeId !== nodeId && !stored.record.replaced);
    const steps = others.map((stored) => state.nodes.replace(stored, { ...stored.record, replaced: true }));
    if (own === undefined) steps.push(state.nodes.create(nodeId, record));
    else if (JSON.stringify(own.record) !== JSON.stringify(record)) steps.push(state.nodes.replace(own, record));
    return { steps, result: undefined };
  });
}
