import { formatControlStoreAddress } from '@pilvi/control-store';
import type { ClusterDescription } from '@pilvi/enrolment';
import type { ClusterMapSource } from '@pilvi/cluster-map';
import type { GatewayDirectory } from '../cluster/gateway-directory.ts';
import type { GatewayConfig } from '../config.ts';
import type { ControlEngine } from '../control/open-control.ts';

/** What a machine that joins must know, but for secrets. */
export function describeCluster(context: {
  readonly config: GatewayConfig;
  readonly maps: ClusterMapSource;
  readonly gateways: GatewayDirectory;
  readonly engine: Pick<ControlEngine, 'etcd'>;
}): Omit<ClusterDescription, 'rootKey'> {
  const { config } = context;
  const settings = context.maps.current()?.settings;
  const { etcd } = context.engine;
  return {
    clusterId: settings?.clusterId ?? '',
    gateways: context.gateways.current(),
    copies: settings?.copies ?? config.copies,
    partitions: settings?.partitions ?? config.partitions,
    expectedNodes: config.expectedNodes,
    region: config.region,
    domain: config.domains.join(),
    controlStore: etcd === undefined ? 'embedded' : formatControlStoreAddress({ kind: 'etcd', ...etcd }),
  };
}
