import type { DesiredInstance, NetworkInterface } from '@pilvi/contracts/compute/v1/instance';
import { directory } from './metadata-directory.ts';
import type { MetadataDirectory } from './metadata-directory.ts';

/** Names of security groups by id; undefined: not known. */
export type GroupNames = (groupId: string) => string | undefined;

/**
 * `meta-data` of an instance: categories as EC2 has them, as far as they mean something here.
 * Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html#instancedata-data-categories
 */
export function metadataTree(instance: DesiredInstance, groupNames: GroupNames): MetadataDirectory {
  const { identity } = instance;
  const primary = instance.interfaces[0];
  return directory({
    'ami-id': instance.image?.imageId,
    'ami-launch-index': String(identity?.launchIndex ?? 0),
    hostname: primary?.privateDnsName,
    'instance-action': 'none',
    'instance-id': instance.instanceId,
    'instance-life-cycle': 'on-demand',
    'instance-type': identity?.instanceType,
    'local-hostname': primary?.privateDnsName,
    'local-ipv4': primary?.privateAddress,
    mac: primary?.macAddress,
    network: directory({ interfaces: directory({ macs: macs(instance, groupNames) }) }),
    placement: directory({
      'availability-zone': identity?.availabilityZone,
      'availability-zone-id': identity?.zoneId,
      region: identity?.region,
    }),
    'public-ipv4': textOrNothing(primary?.publicAddress),
    'public-keys': publicKeys(instance),
    'reservation-id': identity?.reservationId,
    'security-groups': namesOf(primary, groupNames),
    tags: instance.metadata?.tags === true ? directory({ instance: directory(instance.tags) }) : undefined,
  });
}

/** Tells who the instance is, in JSON. It is not signed. */
export function identityDocument(instance: DesiredInstance): string {
  const { identity } = instance;
  const document = {
    accountId: identity?.accountId,
    architecture: instance.image?.architecture,
    availabilityZone: identity?.availabilityZone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: instance.image?.imageId,
    instanceId: instance.instanceId,
    instanceType: identity?.instanceType,
    kernelId: null,
    pendingTime: isoSeconds(identity?.launchMs ?? 0n),
    privateIp: instance.interfaces[0]?.privateAddress,
    ramdiskId: null,
    region: identity?.region,
    version: '2017-09-30',
  };
  return JSON.stringify(document, undefined, 2);
}

function macs(instance: DesiredInstance, groupNames: GroupNames): MetadataDirectory {
  return directory(Object.fromEntries(instance.interfaces.map((one) => [one.macAddress, ofInterface(one, instance, groupNames)])));
}

function ofInterface(one: NetworkInterface, { identity }: DesiredInstance, groupNames: GroupNames): MetadataDirectory {
  const publicAddress = textOrNothing(one.publicAddress);
  return directory({
    'device-number': String(one.deviceIndex),
    'interface-id': one.interfaceId,
    'ipv4-associations': publicAddress === undefined ? undefined : directory({ [publicAddress]: one.privateAddress }),
    'local-hostname': one.privateDnsName,
    'local-ipv4s': one.privateAddress,
    mac: one.macAddress,
    'owner-id': identity?.accountId,
    'public-ipv4s': publicAddress,
    'security-group-ids': one.securityGroupIds.join('\n'),
    'security-groups': namesOf(one, groupNames),
    'subnet-id': one.subnet?.subnetId,
    'subnet-ipv4-cidr-block': one.subnet?.cidr,
    'vpc-id': one.subnet?.vpcId,
    'vpc-ipv4-cidr-block': one.subnet?.vpcCidr,
    'vpc-ipv4-cidr-blocks': one.subnet?.vpcCidr,
  });
}

/** Listed as "0=name". */
function publicKeys({ publicKeys: keys }: DesiredInstance): MetadataDirectory | undefined {
  if (keys.length === 0) return undefined;
  const entries = Object.fromEntries(keys.map((key, index) => [String(index), directory({ 'openssh-key': key.openssh.trim() })]));
  return directory(entries, (index) => `${index}=${keys[Number(index)]!.name}`);
}

function namesOf(one: NetworkInterface | undefined, groupNames: GroupNames): string | undefined {
  const names = one?.securityGroupIds.map(groupNames) ?? [];
  return names.length > 0 && names.every((name) => name !== undefined) ? names.join('\n') : undefined;
}

function textOrNothing(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function isoSeconds(ms: bigint): string {
  return new Date(Number(ms)).toISOString().replace(/\.\d+Z$/, 'Z');
}
