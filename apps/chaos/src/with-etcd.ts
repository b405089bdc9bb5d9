import { join } from 'node:path';
import { startEtcdCluster } from '@pilvi/control-store/testing';
import type { EtcdCluster } from '@pilvi/control-store/testing';
import { startCluster } from './cluster.ts';
import type { Cluster, ClusterOptions } from './cluster.ts';

/** A cluster whose control data lies in etcd, with so many gateways. Both end together. */
export interface ClusterOnEtcd extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly etcd: EtcdCluster;
}

export async function startClusterOnEtcd(members: number, options: ClusterOptions & { readonly gateways: number }): Promise<ClusterOnEtcd> {
  const etcd = await startEtcdCluster(members);
  try {
    const cluster = await startCluster({ ...options, env: { ...etcdEnvironment(etcd), ...options.env } });
    return {
      cluster,
      etcd,
      async [Symbol.asyncDispose]() {
        await cluster[Symbol.asyncDispose]();
        await etcd[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await etcd[Symbol.asyncDispose]();
    throw error;
  }
}

/** How `pilvi up` is told of it. */
export function etcdEnvironment({ endpoints, tlsDir }: Pick<EtcdCluster, 'endpoints' | 'tlsDir'>): Record<string, string> {
  return {
    PILVI_CONTROL_STORE: `etcd://${endpoints.join(',')}`,
    PILVI_ETCD_CA: join(tlsDir, 'ca.pem'),
    PILVI_ETCD_CERT: join(tlsDir, 'cert.pem'),
    PILVI_ETCD_KEY: join(tlsDir, 'key.pem'),
  };
}
