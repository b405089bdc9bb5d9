import { configFromProto, epoch, incarnation, settingsFromProto } from '@pilvi/cluster-map';
import type { ClusterSettings, Epoch, Incarnation, PartitionConfig } from '@pilvi/cluster-map';
import { ControlRecoveryServiceClient } from '@pilvi/contracts/control/v1/recovery';
import type { DescribeNodeResponse } from '@pilvi/contracts/control/v1/recovery';
import { callUnary, dial } from '@pilvi/transport';
import type { Security } from '@pilvi/transport';

/** A node with very many buckets reads one row of each in every partition. */
const ASK_DEADLINE_MS = 60_000;

/** What a storage node says of the cluster by itself. */
export interface NodeWord {
  readonly incarnation: Incarnation;
  readonly name: string;
  /** Empty: its disk is new. */
  readonly clusterId: string;
  /** Open sessions with gateways: while there are any, configurations may still change. */
  readonly gatewaySessions: number;
  readonly highestSeenRevision: number;
  /** The cluster whose control data it mirrors (E1); empty: none. */
  readonly mirroredClusterId: string;
  readonly settings: ClusterSettings | undefined;
  readonly replicas: readonly HeldReplica[];
  readonly buckets: readonly HeldBucket[];
}

export interface HeldReplica {
  readonly config: PartitionConfig;
  readonly promised: Epoch;
}

export interface HeldBucket {
  readonly id: string;
  readonly partitionsWithObjects: number;
  readonly sealedPartitions: number;
  readonly deletionAttempt: number;
}

/** Asks one node. Throws TransportError. */
export async function askNode(address: string, security: Security, signal: AbortSignal): Promise<NodeWord> {
  await using channel = dial({ address, security });
  const client = channel.client(ControlRecoveryServiceClient);
  return wordFromProto(
    await callUnary<DescribeNodeResponse>((metadata, options, done) => client.describeNode({}, metadata, options, done), {
      signal,
      deadlineMs: ASK_DEADLINE_MS,
    }),
  );
}

function wordFromProto(said: DescribeNodeResponse): NodeWord {
  return {
    incarnation: incarnation(said.incarnation),
    name: said.name,
    clusterId: said.clusterId,
    gatewaySessions: said.gatewaySessions,
    highestSeenRevision: Number(said.highestSeenRevision),
    mirroredClusterId: said.mirroredClusterId,
    settings: said.settings === undefined ? undefined : settingsFromProto(said.settings),
    replicas: said.replicas.flatMap(({ config, promised }) =>
      config === undefined ? [] : [{ config: configFromProto(config), promised: epoch(Number(promised)) }],
    ),
    buckets: said.buckets.map((bucket) => ({
      id: bucket.bucketId,
      partitionsWithObjects: bucket.partitionsWithObjects,
      sealedPartitions: bucket.sealedPartitions,
      deletionAttempt: Number(bucket.deletionAttempt),
    })),
  };
}
