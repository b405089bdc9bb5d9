import type { ClusterImages } from './cluster-options.ts';

/** What is used where no other image is named. */
export const DEFAULT_IMAGES: ClusterImages = {
  pilvi: 'pilvi/pilvi:latest',
  gateway: 'pilvi/gateway:latest',
  storageNode: 'pilvi/storage-node:latest',
  faultTools: 'pilvi/fault-tools:latest',
  etcd: 'quay.io/coreos/etcd:v3.5.21',
  loadBalancer: 'haproxy:2.8-bookworm',
};
