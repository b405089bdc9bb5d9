import type { Incarnation } from '@pilvi/cluster-map';
import type { ClusterSessions } from './cluster-service.ts';
import type { NodeReports } from './node-reports.ts';

/** A node silent for this long, to all gateways, is taken for gone by somebody who decides on it. */
const SILENT_MS = 5_000;

/** What nodes say of themselves, for decisions on members (change-member.ts). */
export interface NodeLiveness {
  isLive(node: Incarnation): boolean;
  isEmpty(node: Incarnation): boolean;
}

export function createNodeLiveness(reports: NodeReports, sessions: Pick<ClusterSessions, 'connected'>): NodeLiveness {
  return {
    isLive: (node) => sessions.connected(node) || reports.silentMs(node) < SILENT_MS,
    isEmpty(node) {
      const heartbeat = reports.fresh(node);
      return heartbeat !== undefined && heartbeat.partitions.length === 0 && heartbeat.unsettled === 0;
    },
  };
}
