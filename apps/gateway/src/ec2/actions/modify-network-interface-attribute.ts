import { missingParameter, QueryError } from '@pilvi/aws-query';
import type { ModifyNetworkInterfaceAttributeRequest } from '@pilvi/aws-query/ec2';
import { type InstanceRecord, isGone } from '@pilvi/compute-model';
import { changeInstances } from '../change-instances.ts';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { NETWORK_INTERFACE } from '../kinds.ts';
import { checkIds, notFound } from '../named-resources.ts';
import { changeOfGroups } from './modify-instance-attribute.ts';

/** One attribute at a time: its groups, or whether it may send as another. */
export const modifyNetworkInterfaceAttribute = ec2Action<ModifyNetworkInterfaceAttributeRequest, undefined>({
  name: 'ModifyNetworkInterfaceAttribute',
  takes: ['NetworkInterfaceId', 'Groups', 'SourceDestCheck'],
  resources: ({ NetworkInterfaceId = '*' }) => [`network-interface/${NetworkInterfaceId}`],
  async run({ NetworkInterfaceId, Groups, SourceDestCheck }, call) {
    if (NetworkInterfaceId === undefined) throw missingParameter('NetworkInterfaceId');
    if (Groups === undefined && SourceDestCheck === undefined) throw missingParameter('attribute');
    if (Groups !== undefined && SourceDestCheck !== undefined)
      throw new QueryError('InvalidParameterCombination', 'Fields for multiple attribute types specified');
    const { instanceId } = await ownerOf(call, NetworkInterfaceId);
    if (Groups !== undefined) {
      await changeInstances(call, [instanceId], ...(await changeOfGroups(Groups, call)));
      return undefined;
    }
    const sourceDestCheck = SourceDestCheck?.Value;
    if (sourceDestCheck === undefined) throw missingParameter('SourceDestCheck.Value');
    await changeInstances(call, [instanceId], (record) => ({
      ...record,
      interfaces: record.interfaces.map((each) => ({ ...each, sourceDestCheck })),
    }));
    return undefined;
  },
});

/** Each instance has one interface, and each interface belongs to an instance. */
async function ownerOf({ state }: Ec2Call, interfaceId: string): Promise<InstanceRecord> {
  checkIds([interfaceId], NETWORK_INTERFACE);
  const all = (await state.instances.all()).map((stored) => stored.record);
  const owner = all.find((record) => !isGone(record) && record.interfaces.some((each) => each.interfaceId === interfaceId));
  if (owner === undefined) throw notFound([interfaceId], NETWORK_INTERFACE);
  return owner;
}
