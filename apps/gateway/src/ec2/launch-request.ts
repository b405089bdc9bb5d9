import { invalidParameter, missingParameter, QueryError } from '@pilvi/aws-query';
import type { RunInstancesRequest } from '@pilvi/aws-query/ec2';
import { DEFAULT_INSTANCE_TYPE, INSTANCE_TYPES, type InstanceType, type MetadataOptionsRecord, type Tags } from '@pilvi/compute-model';
import { ROOT_DEVICE_NAME } from './actions/register-image.ts';
import { readMetadataOptions } from './metadata-options.ts';
import { tagsOnCreate } from './tags.ts';

/** What a request asks for, as far as it can be told without the control store. */
export interface LaunchRequest {
  readonly imageId: string;
  readonly type: InstanceType;
  readonly minCount: number;
  readonly maxCount: number;
  readonly keyName: string | undefined;
  readonly groupIds: readonly string[];
  readonly groupNames: readonly string[];
  readonly subnetId: string | undefined;
  readonly zoneName: string | undefined;
  readonly zoneId: string | undefined;
  readonly privateAddress: string | undefined;
  readonly wantsPublicAddress: boolean;
  /** Base64. */
  readonly userData: string;
  readonly diskGib: number;
  readonly metadata: MetadataOptionsRecord;
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly disableApiTermination: boolean;
  readonly disableApiStop: boolean;
  readonly tags: Tags;
  readonly volumeTags: Tags;
  readonly interfaceTags: Tags;
}

/** The fields of RunInstances that are understood. */
export const LAUNCH_FIELDS = [
  'ImageId',
  'InstanceType',
  'MinCount',
  'MaxCount',
  'KeyName',
  'SecurityGroupIds',
  'SecurityGroups',
  'SubnetId',
  'Placement.AvailabilityZone',
  'Placement.AvailabilityZoneId',
  'Placement.Tenancy',
  'PrivateIpAddress',
  'NetworkInterfaces.DeviceIndex',
  'NetworkInterfaces.AssociatePublicIpAddress',
  'NetworkInterfaces.DeleteOnTermination',
  'NetworkInterfaces.Groups',
  'NetworkInterfaces.PrivateIpAddress',
  'NetworkInterfaces.SubnetId',
  'UserData',
  'BlockDeviceMappings.DeviceName',
  'BlockDeviceMappings.Ebs.VolumeSize',
  'BlockDeviceMappings.Ebs.DeleteOnTermination',
  'MetadataOptions.HttpTokens',
  'MetadataOptions.HttpPutResponseHopLimit',
  'MetadataOptions.HttpEndpoint',
  'MetadataOptions.InstanceMetadataTags',
  'MetadataOptions.HttpProtocolIpv6',
  'Monitoring.Enabled',
  'CreditSpecification.CpuCredits',
  'HibernationOptions.Configured',
  'EbsOptimized',
  'InstanceInitiatedShutdownBehavior',
  'DisableApiTermination',
  'DisableApiStop',
  'TagSpecifications',
  'ClientToken',
  'LaunchTemplate.LaunchTemplateId',
  'LaunchTemplate.LaunchTemplateName',
  'LaunchTemplate.Version',
];

/** More are launched by asking again: one transaction makes all of a request, or none. */
const MOST_AT_ONCE = 20;
const MAX_USER_DATA_BYTES = 16_384;
const MAX_DISK_GIB = 16_384;
const MAX_GROUPS = 5;

/** Throws what AWS does of each parameter that it rejects. */
export function readLaunchRequest(request: RunInstancesRequest): LaunchRequest {
  if (request.ImageId === undefined) throw missingParameter('ImageId');
  const type = readType(request.InstanceType ?? DEFAULT_INSTANCE_TYPE);
  const { minCount, maxCount } = readCounts(request);
  refuseUnbuilt(request);
  const { network, isOnInterface } = readInterface(request);
  const groupIds = network.Groups ?? request.SecurityGroupIds ?? [];
  const groupNames = request.SecurityGroups ?? [];
  checkGroupCount(groupIds.length + groupNames.length);
  const privateAddress = network.PrivateIpAddress ?? request.PrivateIpAddress;
  if (privateAddress !== undefined && maxCount > 1)
    throw new QueryError('InvalidParameterCombination', 'Only one instance can have the specified private address');
  const tags = tagsOnCreate(request.TagSpecifications, ['instance', 'volume', 'network-interface']);
  return {
    imageId: request.ImageId,
    type,
    minCount,
    maxCount,
    keyName: request.KeyName,
    groupIds,
    groupNames,
    subnetId: network.SubnetId ?? request.SubnetId,
    zoneName: request.Placement?.AvailabilityZone,
    zoneId: request.Placement?.AvailabilityZoneId,
    privateAddress,
    wantsPublicAddress: (isOnInterface ? network.AssociatePublicIpAddress : undefined) ?? true,
    userData: readUserData(request.UserData),
    diskGib: readDisk(request, type),
    metadata: readMetadataOptions(request.MetadataOptions),
    shutdownBehavior: readShutdownBehavior(request.InstanceInitiatedShutdownBehavior ?? 'stop'),
    disableApiTermination: request.DisableApiTermination ?? false,
    disableApiStop: request.DisableApiStop ?? false,
    tags: tags.instance,
    volumeTags: tags.volume,
    interfaceTags: tags['network-interface'],
  };
}

export function checkGroupCount(count: number): void {
  if (count > MAX_GROUPS)
    throw new QueryError('SecurityGroupsPerInterfaceLimitExceeded', `An interface has ${MAX_GROUPS} security groups at most`);
}

export function readType(name: string): InstanceType {
  const type = INSTANCE_TYPES.get(name);
  if (type === undefined) throw new QueryError('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`);
  return type;
}

export function readShutdownBehavior(text: string): 'stop' | 'terminate' {
  if (text !== 'stop' && text !== 'terminate')
    throw invalidParameter('instanceInitiatedShutdownBehavior', text, 'Expecting stop or terminate.');
  return text;
}

/** Base64 of 16 KiB at most. Throws InvalidUserData.Malformed and InvalidParameterValue. */
export function readUserData(text = ''): string {
  const compact = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 === 1)
    throw new QueryError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  if (Buffer.byteLength(compact, 'base64') > MAX_USER_DATA_BYTES)
    throw new QueryError('InvalidParameterValue', `User data is limited to ${MAX_USER_DATA_BYTES} bytes`);
  return compact;
}

function readCounts({ MinCount = 0, MaxCount = 0 }: RunInstancesRequest): { minCount: number; maxCount: number } {
  if (MinCount < 1) throw new QueryError('InvalidParameterValue', `Invalid value '${MinCount}' for minCount. Must be greater than 0.`);
  if (MaxCount < MinCount)
    throw new QueryError('InvalidParameterValue', `Invalid value '${MaxCount}' for maxCount. Must not be smaller than minCount.`);
  if (MinCount > MOST_AT_ONCE) throw new QueryError('InstanceLimitExceeded', `One request launches ${MOST_AT_ONCE} instances at most.`);
  return { minCount: MinCount, maxCount: Math.min(MaxCount, MOST_AT_ONCE) };
}

/** What could be asked for and is not there is refused. */
function refuseUnbuilt({ Monitoring, Placement, EbsOptimized, CreditSpecification, HibernationOptions }: RunInstancesRequest): void {
  if (HibernationOptions?.Configured === true) throw new QueryError('UnsupportedOperation', 'Pilvi does not hibernate instances.');
  // Terraform sends an empty one with every burstable type.
  const credits = CreditSpecification?.CpuCredits ?? '';
  if (credits !== '' && credits !== 'unlimited')
    throw new QueryError('UnsupportedOperation', 'Nobody counts CPU credits here: burstable instances are unlimited.');
  if (Monitoring?.Enabled === true) throw new QueryError('UnsupportedOperation', 'Pilvi has no detailed monitoring.');
  if (EbsOptimized === true) throw new QueryError('UnsupportedOperation', 'Pilvi has no EBS-optimized instances.');
  const tenancy = Placement?.Tenancy ?? 'default';
  if (!['default', 'dedicated', 'host'].includes(tenancy))
    throw invalidParameter('tenancy', tenancy, 'Expecting default, dedicated or host.');
  if (tenancy !== 'default') throw new QueryError('UnsupportedOperation', 'Pilvi knows the tenancy default only.');
}

function readInterface(request: RunInstancesRequest) {
  const [network = {}, ...more] = request.NetworkInterfaces ?? [];
  if (more.length > 0) throw new QueryError('UnsupportedOperation', 'Pilvi gives an instance one network interface.');
  const isOnInterface = request.NetworkInterfaces !== undefined;
  if (isOnInterface && network.DeviceIndex !== 0)
    throw invalidParameter('NetworkInterface.DeviceIndex', String(network.DeviceIndex), 'The first interface is 0.');
  if (network.DeleteOnTermination === false) throw new QueryError('UnsupportedOperation', 'An interface ends with its instance.');
  if (isOnInterface && (request.SecurityGroupIds ?? request.SecurityGroups ?? request.SubnetId ?? request.PrivateIpAddress) !== undefined)
    throw new QueryError(
      'InvalidParameterCombination',
      'Network interfaces and an instance-level subnet ID, security groups or private address may not be specified on the same request',
    );
  return { network, isOnInterface };
}

function readDisk({ BlockDeviceMappings = [] }: RunInstancesRequest, type: InstanceType): number {
  const [root, ...more] = BlockDeviceMappings;
  if (root === undefined) return type.diskGib;
  if (root.DeviceName === undefined) throw missingParameter('BlockDeviceMapping.1.DeviceName');
  if (more.length > 0 || root.DeviceName !== ROOT_DEVICE_NAME)
    throw new QueryError('UnsupportedOperation', `Pilvi gives an instance its root disk, ${ROOT_DEVICE_NAME}, and no other.`);
  if (root.Ebs?.DeleteOnTermination === false) throw new QueryError('UnsupportedOperation', 'A root disk ends with its instance.');
  const sizeGib = root.Ebs?.VolumeSize ?? type.diskGib;
  if (sizeGib < 1 || sizeGib > MAX_DISK_GIB)
    throw new QueryError('InvalidBlockDeviceMapping', `Volume of size ${sizeGib}GB is not between 1 and ${MAX_DISK_GIB}`);
  return sizeGib;
}
