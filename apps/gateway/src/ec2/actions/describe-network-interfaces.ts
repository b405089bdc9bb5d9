import type { DescribeNetworkInterfacesRequest, DescribeNetworkInterfacesResult, NetworkInterface } from '@pilvi/aws-query/ec2';
import { type InstanceRecord, isGone } from '@pilvi/compute-model';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { NETWORK_INTERFACE } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { pageOf } from '../paging.ts';
import { tagList } from '../tags.ts';
import { groupNames, type GroupNames, shownInstance } from '../shown-instance.ts';

/** Each belongs to the instance that it was made with, and goes with it. */
export const describeNetworkInterfaces = ec2Action<DescribeNetworkInterfacesRequest, DescribeNetworkInterfacesResult>({
  name: 'DescribeNetworkInterfaces',
  takes: ['NetworkInterfaceIds', 'Filters', 'MaxResults', 'NextToken'],
  async run({ NetworkInterfaceIds, Filters, ...page }, call) {
    const names = await groupNames(call);
    const instances = (await call.state.instances.all(call.signal)).map((stored) => stored.record).filter((record) => !isGone(record));
    const all = instances.flatMap((record) => record.interfaces.map((each, i) => ({ ...each, shown: shown(record, i, names, call) })));
    all.sort((a, b) => (a.interfaceId < b.interfaceId ? -1 : 1));
    const found = applyFilters(
      named(all, NetworkInterfaceIds, NETWORK_INTERFACE) as typeof all,
      Filters,
      {
        'network-interface-id': ({ shown: each }) => each.NetworkInterfaceId,
        'attachment.instance-id': ({ shown: each }) => each.Attachment?.InstanceId,
        'attachment.attachment-id': ({ shown: each }) => each.Attachment?.AttachmentId,
        'attachment.device-index': ({ shown: each }) => each.Attachment?.DeviceIndex,
        'attachment.status': ({ shown: each }) => each.Attachment?.Status,
        'availability-zone': ({ shown: each }) => each.AvailabilityZone,
        'group-id': (each) => each.groupIds,
        'mac-address': (each) => each.macAddress,
        'private-ip-address': (each) => each.privateAddress,
        'addresses.private-ip-address': (each) => each.privateAddress,
        'association.public-ip': ({ shown: each }) => each.Association?.PublicIp,
        'subnet-id': (each) => each.subnetId,
        'vpc-id': (each) => each.vpcId,
        status: ({ shown: each }) => each.Status,
        description: ({ shown: each }) => each.Description,
      },
      (each) => each.tags ?? {},
    );
    const { items, NextToken } = pageOf(found, page, (each) => each.interfaceId, { of: 'DescribeNetworkInterfaces' });
    return { NetworkInterfaces: items.map((each) => each.shown), NextToken };
  },
});

function shown(record: InstanceRecord, index: number, names: GroupNames, { region, principal }: Ec2Call): NetworkInterface {
  const own = shownInstance(record, names, region).NetworkInterfaces![index]!;
  return {
    ...own,
    AvailabilityZone: record.zoneName,
    AvailabilityZoneId: record.zoneId,
    RequesterManaged: false,
    Attachment: { ...own.Attachment, InstanceId: record.instanceId, InstanceOwnerId: principal.accountId },
    TagSet: tagList(record.interfaces[index]!.tags ?? {}) ?? [],
  };
}
