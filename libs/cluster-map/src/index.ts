export { assignPartitions, type WantedAssignment } from './assign-partitions.ts';
export {
  bucketId,
  epoch,
  incarnation,
  nodeName,
  partitionId,
  proposalId,
  zone,
  type BucketId,
  type Epoch,
  type Incarnation,
  type NodeName,
  type PartitionId,
  type ProposalId,
  type Zone,
} from './ids.ts';
export type { ClusterMap, ClusterMapSource, ClusterSettings, Member, PartitionConfig } from './map.ts';
export { partitionOf } from './partition-hash.ts';
export {
  configFromProto,
  configToProto,
  memberFromProto,
  memberToProto,
  mergeMapUpdate,
  settingsFromProto,
  settingsToProto,
} from './proto-form.ts';
export { meetsMinimum, validateProposal, type Proposal, type Verdict } from './validate-proposal.ts';
