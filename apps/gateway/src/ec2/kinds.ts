import type {
  ImageRecord,
  InstanceRecord,
  InterfaceRecord,
  KeyPairRecord,
  LaunchTemplateRecord,
  RuleRecord,
  SecurityGroupRecord,
  SubnetRecord,
  VpcRecord,
} from '@pilvi/compute-model';

/** How each kind of resource is named, and what is said when it is named wrongly. */
export const INSTANCE = {
  prefix: 'i',
  what: 'instance ID',
  malformed: 'InvalidInstanceID.Malformed',
  notFound: 'InvalidInstanceID.NotFound',
  idOf: (record: InstanceRecord) => record.instanceId,
} as const;

export const IMAGE = {
  prefix: 'ami',
  what: 'image id',
  malformed: 'InvalidAMIID.Malformed',
  notFound: 'InvalidAMIID.NotFound',
  idOf: (record: ImageRecord) => record.imageId,
} as const;

export const SECURITY_GROUP = {
  prefix: 'sg',
  what: 'security group',
  malformed: 'InvalidGroupId.Malformed',
  notFound: 'InvalidGroup.NotFound',
  idOf: (record: SecurityGroupRecord) => record.groupId,
} as const;

export const RULE = {
  prefix: 'sgr',
  what: 'security group rule ID',
  malformed: 'InvalidSecurityGroupRuleId.Malformed',
  notFound: 'InvalidSecurityGroupRuleId.NotFound',
  idOf: (record: RuleRecord) => record.ruleId,
} as const;

export const KEY_PAIR = {
  prefix: 'key',
  what: 'key pair',
  malformed: 'InvalidKeyPair.NotFound',
  notFound: 'InvalidKeyPair.NotFound',
  idOf: (record: KeyPairRecord) => record.keyPairId,
} as const;

export const VPC = {
  prefix: 'vpc',
  what: 'vpc ID',
  malformed: 'InvalidVpcID.NotFound',
  notFound: 'InvalidVpcID.NotFound',
  idOf: (record: VpcRecord) => record.vpcId,
} as const;

export const SUBNET = {
  prefix: 'subnet',
  what: 'subnet ID',
  malformed: 'InvalidSubnetID.NotFound',
  notFound: 'InvalidSubnetID.NotFound',
  idOf: (record: SubnetRecord) => record.subnetId,
} as const;

export const NETWORK_INTERFACE = {
  prefix: 'eni',
  what: 'networkInterface ID',
  malformed: 'InvalidNetworkInterfaceID.Malformed',
  notFound: 'InvalidNetworkInterfaceID.NotFound',
  idOf: (record: InterfaceRecord) => record.interfaceId,
} as const;

export const LAUNCH_TEMPLATE = {
  prefix: 'lt',
  what: 'launch template ID',
  malformed: 'InvalidLaunchTemplateId.Malformed',
  notFound: 'InvalidLaunchTemplateId.NotFound',
  idOf: (record: LaunchTemplateRecord) => record.launchTemplateId,
} as const;
