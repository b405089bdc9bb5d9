import { configToProto, settingsToProto } from '@pilvi/cluster-map';
import type { BucketId, ClusterMapSource } from '@pilvi/cluster-map';
import type { ControlRecoveryServiceServer, DescribeNodeResponse, HeldBucket } from '@pilvi/contracts/control/v1/recovery';
import type { MirrorStorage } from '@pilvi/control-store';
import { decodeEntry, heldBuckets } from '@pilvi/object-index';
import { entriesOf, keptRecords } from '@pilvi/replication';
import type { RowStore } from '@pilvi/row-store';
import type { Logger, Supervisor } from '@pilvi/runtime';
import { status } from '@grpc/grpc-js';
import type { GatewayLinks } from './cluster/gateway-link.ts';
import type { NodeDisk } from './node-disk.ts';
import type { ReplicationHost } from './replication/replication-host.ts';

export interface DescribeComponents {
  readonly host: ReplicationHost;
  readonly rows: RowStore;
  readonly maps: ClusterMapSource;
  readonly mirror: MirrorStorage;
  readonly disk: Pick<NodeDisk, 'identity'>;
  readonly gateways: Pick<GatewayLinks, 'open'>;
  /** Of this node. */
  readonly name: string;
}

/** ControlRecoveryService: what a restore of older control data asks of this node. It changes nothing here. */
export function createRecoveryService(
  components: DescribeComponents,
  { log, supervisor }: { readonly log: Logger; readonly supervisor: Supervisor },
): ControlRecoveryServiceServer {
  return {
    describeNode: (_call, done) => {
      supervisor.run('describe-node', async () => {
        try {
          done(null, await describeNode(components));
        } catch (error) {
          log.error({ err: error }, 'this node cannot say what it holds');
          done({ code: status.UNAVAILABLE, details: 'this node cannot say what it holds' });
        }
      });
    },
  };
}

async function describeNode({ host, rows, maps, mirror, disk, gateways, name }: DescribeComponents): Promise<DescribeNodeResponse> {
  // First of all: with no session left, what is read after this changes no more.
  const sessions = gateways.open();
  const { clusterId: mirroredClusterId, highestSeenRevision } = await mirror.describe(new AbortController().signal);
  const map = maps.current();
  const buckets = await bucketsHeld(host, rows);
  return {
    incarnation: host.core.self,
    name,
    clusterId: disk.identity.clusterId,
    gatewaySessions: Math.max(sessions, gateways.open()),
    highestSeenRevision: BigInt(Math.max(highestSeenRevision, map?.revision ?? 0)),
    mirroredClusterId,
    settings: map === undefined ? undefined : settingsToProto(map.settings),
    // E1: what it acts under. What is in memory is at most a moment ahead of the disk, and the newer of the two.
    replicas: keptRecords(host.core).flatMap((record) =>
      record.kind === 'config' ? [{ config: configToProto(record.config), promised: BigInt(record.promised) }] : [],
    ),
    buckets: [...buckets.values()],
  };
}

/** Rows that were committed are flushed first; what the log holds above them may be committed, too. */
async function bucketsHeld(host: ReplicationHost, rows: RowStore): Promise<ReadonlyMap<BucketId, HeldBucket>> {
  await rows.flushed();
  const total = new Map<BucketId, HeldBucket>();
  for (const partition of host.partitions()) {
    const applied = rows.applied(partition).seq;
    const entries = entriesOf(host.core, partition, applied + 1, host.lastSeq(partition));
    const held = await heldBuckets(
      partition,
      (range) => rows.cursor(range),
      entries.map((entry) => decodeEntry(entry.body).changes),
    );
    for (const [bucketId, { hasObjects, isSealed, deletionAttempt }] of held) {
      const sum = total.get(bucketId) ?? { bucketId, partitionsWithObjects: 0, sealedPartitions: 0, deletionAttempt: 0n };
      total.set(bucketId, {
        bucketId,
        partitionsWithObjects: sum.partitionsWithObjects + (hasObjects ? 1 : 0),
        sealedPartitions: sum.sealedPartitions + (isSealed ? 1 : 0),
        deletionAttempt: sum.deletionAttempt > deletionAttempt ? sum.deletionAttempt : deletionAttempt,
      });
    }
  }
  return total;
}
