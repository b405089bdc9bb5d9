import { QueryError } from '@pilvi/aws-query';
import type { DescribeInstancesRequest, DescribeInstancesResult } from '@pilvi/aws-query/ec2';
import { type InstanceRecord, instanceState, privateDnsName, STATE_CODES } from '@pilvi/compute-model';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters, type FilterTable } from '../filters.ts';
import { INSTANCE } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { pageOf } from '../paging.ts';
import { groupNames, type GroupNames, shownReservations } from '../shown-instance.ts';
import { ROOT_DEVICE_NAME } from './register-image.ts';

export const describeInstances = ec2Action<DescribeInstancesRequest, DescribeInstancesResult>({
  name: 'DescribeInstances',
  takes: ['InstanceIds', 'Filters', 'MaxResults', 'NextToken'],
  resources: ({ InstanceIds = [] }) => (InstanceIds.length === 0 ? ['*'] : InstanceIds.map((id) => `instance/${id}`)),
  async run({ InstanceIds = [], Filters, ...page }, call) {
    if (InstanceIds.length > 0 && page.MaxResults !== undefined)
      throw new QueryError('InvalidParameterCombination', 'The parameter instancesSet cannot be used with the parameter maxResults');
    const all = (await call.state.instances.all(call.signal)).map((stored) => stored.record);
    const names = await groupNames(call);
    const found = applyFilters(named(all, InstanceIds, INSTANCE), Filters, instanceFilters(names, call.region), (record) => record.tags);
    const { items, NextToken } = pageOf(found, page, INSTANCE.idOf, { of: 'DescribeInstances' });
    return { Reservations: shownReservations(items, names, call.region), NextToken };
  },
});

function instanceFilters(names: GroupNames, region: string): FilterTable<InstanceRecord> {
  const groups = (record: InstanceRecord): readonly string[] => record.interfaces.flatMap((each) => each.groupIds);
  const interfaces =
    (of: (each: InstanceRecord['interfaces'][number]) => string | undefined) =>
    (record: InstanceRecord): readonly (string | undefined)[] =>
      record.interfaces.map(of);
  return {
    'instance-id': (record) => record.instanceId,
    'instance-type': (record) => record.instanceType,
    'instance-state-name': (record) => instanceState(record),
    'instance-state-code': (record) => STATE_CODES[instanceState(record)],
    'image-id': (record) => record.image.imageId,
    'key-name': (record) => record.keyName,
    'availability-zone': (record) => record.zoneName,
    'availability-zone-id': (record) => record.zoneId,
    'reservation-id': (record) => record.reservationId,
    'owner-id': (record) => record.accountId,
    'client-token': (record) => record.clientToken,
    'launch-index': (record) => record.launchIndex,
    'launch-time': (record) => new Date(record.launchMs).toISOString(),
    architecture: (record) => record.image.architecture,
    hypervisor: () => 'xen',
    tenancy: () => 'default',
    'virtualization-type': () => 'hvm',
    'root-device-type': () => 'ebs',
    'root-device-name': () => ROOT_DEVICE_NAME,
    'monitoring-state': () => 'disabled',
    reason: (record) => record.reason?.message,
    'state-reason-code': (record) => record.reason?.code,
    'state-reason-message': (record) => record.reason?.message,
    'block-device-mapping.volume-id': (record) => record.rootVolume.volumeId,
    'subnet-id': interfaces((each) => each.subnetId),
    'vpc-id': interfaces((each) => each.vpcId),
    'private-ip-address': interfaces((each) => each.privateAddress),
    'private-dns-name': interfaces((each) => privateDnsName(each.privateAddress, region)),
    'ip-address': interfaces((each) => each.publicAddress),
    'network-interface.network-interface-id': interfaces((each) => each.interfaceId),
    'network-interface.subnet-id': interfaces((each) => each.subnetId),
    'network-interface.vpc-id': interfaces((each) => each.vpcId),
    'network-interface.mac-address': interfaces((each) => each.macAddress),
    'network-interface.group-id': groups,
    'group-id': groups,
    'instance.group-id': groups,
    'group-name': (record) => groups(record).map((id) => names.get(id)),
    'instance.group-name': (record) => groups(record).map((id) => names.get(id)),
  };
}
