/** A string or number that only its parser may make. */
type Brand<T, Name extends string> = T & { readonly __brand: Name };

/** Random id kept in a storage node's data directory; a wiped disk is a new member (REPLICATION C6). */
export type Incarnation = Brand<string, 'Incarnation'>;
/** Name an operator gives a node, for example `storage-1`. */
export type NodeName = Brand<string, 'NodeName'>;
/** Failure domain. */
export type Zone = Brand<string, 'Zone'>;
/** Partition number, from 0. */
export type PartitionId = Brand<number, 'PartitionId'>;
/** Raised by every change of a partition's configuration (REPLICATION C1). */
export type Epoch = Brand<number, 'Epoch'>;
/** Random id of the proposal that made a configuration. */
export type ProposalId = Brand<string, 'ProposalId'>;
/** Random id of a bucket, made when it was created: a bucket is an incarnation under a name. */
export type BucketId = Brand<string, 'BucketId'>;

export const incarnation = (text: string): Incarnation => text as Incarnation;
export const nodeName = (text: string): NodeName => text as NodeName;
export const zone = (text: string): Zone => text as Zone;
export const partitionId = (n: number): PartitionId => n as PartitionId;
export const epoch = (n: number): Epoch => n as Epoch;
export const proposalId = (text: string): ProposalId => text as ProposalId;
export const bucketId = (text: string): BucketId => text as BucketId;
