import type { Instance, InstanceNetworkInterface, Reservation } from '@pilvi/aws-query/ec2';
import { INSTANCE_TYPES, type InstanceRecord, instanceState, isGone, privateDnsName, STATE_CODES } from '@pilvi/compute-model';
import { ROOT_DEVICE_NAME } from './actions/register-image.ts';
import type { Ec2Call } from './ec2-action.ts';
import { shownMetadataOptions } from './metadata-options.ts';
import { tagList } from './tags.ts';

/** Names of groups by id: instances are shown with both. */
export type GroupNames = ReadonlyMap<string, string>;

export async function groupNames({ state, signal }: Ec2Call): Promise<GroupNames> {
  return new Map((await state.securityGroups.all(signal)).map(({ record }) => [record.groupId, record.groupName]));
}

/** Instances of one launch are shown together, in the order of their launch. */
export function shownReservations(records: readonly InstanceRecord[], names: GroupNames, region: string): Reservation[] {
  const byReservation = Map.groupBy(records, (record) => record.reservationId);
  return [...byReservation.values()].map((together) => ({
    ReservationId: together[0]!.reservationId,
    OwnerId: together[0]!.accountId,
    Groups: [],
    Instances: together.sort((a, b) => a.launchIndex - b.launchIndex).map((record) => shownInstance(record, names, region)),
  }));
}

export function shownState(record: InstanceRecord): { Code: number; Name: string } {
  const Name = instanceState(record);
  return { Code: STATE_CODES[Name], Name };
}

export function shownInstance(record: InstanceRecord, names: GroupNames, region: string): Instance {
  const state = shownState(record);
  const gone = isGone(record);
  const [primary] = record.interfaces;
  const isUp = state.Name === 'running' || state.Name === 'pending';
  const vcpus = INSTANCE_TYPES.get(record.instanceType)?.vcpus;
  return {
    InstanceId: record.instanceId,
    ImageId: record.image.imageId,
    State: state,
    StateReason: isUp || record.reason === undefined ? undefined : { Code: record.reason.code, Message: record.reason.message },
    StateTransitionReason: isUp ? '' : transitionReason(record),
    AmiLaunchIndex: record.launchIndex,
    InstanceType: record.instanceType,
    KeyName: record.keyName,
    LaunchTime: new Date(record.launchMs),
    Placement: { AvailabilityZone: record.zoneName, AvailabilityZoneId: record.zoneId, GroupName: '', Tenancy: 'default' },
    Monitoring: { State: 'disabled' },
    ClientToken: record.clientToken ?? '',
    Architecture: record.image.architecture,
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    EbsOptimized: false,
    EnaSupport: true,
    RootDeviceName: ROOT_DEVICE_NAME,
    RootDeviceType: 'ebs',
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    UsageOperationUpdateTime: new Date(record.createdMs),
    CurrentInstanceBootMode: 'legacy-bios',
    CpuOptions: { CoreCount: vcpus, ThreadsPerCore: 1 },
    HibernationOptions: { Configured: false },
    EnclaveOptions: { Enabled: false },
    MaintenanceOptions: { AutoRecovery: 'disabled' },
    CapacityReservationSpecification: { CapacityReservationPreference: 'open' },
    MetadataOptions: shownMetadataOptions(record),
    PrivateDnsNameOptions: { HostnameType: 'ip-name', EnableResourceNameDnsARecord: false, EnableResourceNameDnsAAAARecord: false },
    PrivateDnsName: gone || primary === undefined ? '' : privateDnsName(primary.privateAddress, region),
    PublicDnsName: '',
    PrivateIpAddress: gone ? undefined : primary?.privateAddress,
    PublicIpAddress: isUp ? primary?.publicAddress : undefined,
    SubnetId: gone ? undefined : primary?.subnetId,
    VpcId: gone ? undefined : primary?.vpcId,
    SourceDestCheck: gone ? undefined : primary?.sourceDestCheck,
    SecurityGroups: gone ? [] : shownGroups(primary?.groupIds ?? [], names),
    NetworkInterfaces: gone ? [] : record.interfaces.map((_each, i) => shownInterface(record, i, names, region)),
    BlockDeviceMappings: gone
      ? []
      : [
          {
            DeviceName: ROOT_DEVICE_NAME,
            Ebs: {
              VolumeId: record.rootVolume.volumeId,
              Status: 'attached',
              AttachTime: new Date(record.createdMs),
              DeleteOnTermination: true,
            },
          },
        ],
    Tags: tagList(record.tags),
  };
}

export function shownGroups(ids: readonly string[], names: GroupNames): { GroupId: string; GroupName: string }[] {
  return ids.map((GroupId) => ({ GroupId, GroupName: names.get(GroupId) ?? '' }));
}

function transitionReason({ reason }: InstanceRecord): string {
  if (reason === undefined) return '';
  const at = new Date(reason.atMs)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z/, ' GMT');
  return reason.code === 'Client.UserInitiatedShutdown' ? `User initiated (${at})` : reason.message;
}

function shownInterface(record: InstanceRecord, index: number, names: GroupNames, region: string): InstanceNetworkInterface {
  const each = record.interfaces[index]!;
  const { privateAddress, publicAddress } = each;
  const state = instanceState(record);
  const isUp = state === 'running' || state === 'pending';
  const association = isUp && publicAddress !== undefined ? { IpOwnerId: 'amazon', PublicIp: publicAddress, PublicDnsName: '' } : undefined;
  const dnsName = privateDnsName(privateAddress, region);
  return {
    NetworkInterfaceId: each.interfaceId,
    InterfaceType: 'interface',
    Status: 'in-use',
    Description: '',
    OwnerId: record.accountId,
    MacAddress: each.macAddress,
    PrivateIpAddress: privateAddress,
    PrivateDnsName: dnsName,
    PrivateIpAddresses: [{ PrivateIpAddress: privateAddress, PrivateDnsName: dnsName, Primary: true, Association: association }],
    Association: association,
    Ipv6Addresses: [],
    SourceDestCheck: each.sourceDestCheck,
    SubnetId: each.subnetId,
    VpcId: each.vpcId,
    Groups: shownGroups(each.groupIds, names),
    Attachment: {
      AttachmentId: each.attachmentId,
      DeviceIndex: index,
      NetworkCardIndex: 0,
      Status: 'attached',
      AttachTime: new Date(record.createdMs),
      DeleteOnTermination: true,
    },
  };
}
