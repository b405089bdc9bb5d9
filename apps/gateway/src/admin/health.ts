import type { HealthDocument } from '@pilvi/admin-api';
import type { ClusterMapSource } from '@pilvi/cluster-map';
import type { NodeReports } from '../cluster/node-reports.ts';
import { clusterHealth } from './cluster-health.ts';

/** `GET /_pilvi/health`: 200 when the cluster can serve reads and writes, 503 with the reason before. */
export function healthDocument(
  maps: ClusterMapSource,
  reports: NodeReports,
  { controlStore, compute }: Pick<HealthDocument, 'controlStore' | 'compute'>,
): { status: number; document: HealthDocument } {
  const health = clusterHealth(maps.current(), reports, controlStore);
  const document: HealthDocument = {
    status: health.serving ? 'ok' : 'unavailable',
    reason: health.reason,
    redundant: health.redundant,
    controlStore,
    compute,
  };
  return { status: health.serving ? 200 : 503, document };
}
