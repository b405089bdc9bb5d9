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
