export {
  contains,
  formatAddress,
  freeAddress,
  guestAddresses,
  isGuestAddress,
  macOf,
  networkOf,
  parseAddress,
  parseNetwork,
  subnetAt,
  type Network,
} from './addresses.ts';
export { desiredGroup, desiredInstance, privateDnsName, type Surroundings } from './desired-instance.ts';
export { isId, newId } from './ids.ts';
export { IMAGE_NAME_RULE, isImageName } from './image-name.ts';
export { instanceState, isGone, STATE_CODES } from './instance-state.ts';
export { DEFAULT_INSTANCE_TYPE, INSTANCE_TYPES, type InstanceType } from './instance-types.ts';
export type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from './launch-template-records.ts';
export { observe } from './observe.ts';
export type {
  ComputeNodeRecord,
  ImageRecord,
  ImageSource,
  InstanceRecord,
  InterfaceRecord,
  KeyPairRecord,
  MetadataOptionsRecord,
  ObservedRecord,
  ObservedState,
  PowerState,
  ReasonRecord,
  RulePeer,
  RuleRecord,
  SecurityGroupRecord,
  SubnetRecord,
  Tags,
  VpcRecord,
  ZoneRecord,
} from './records.ts';
export { fits, minus, place, roomOf, type NodeRoom, type Placement, type PlacementWish, type Room } from './schedule.ts';
