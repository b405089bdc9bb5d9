import type { ClusterMapSource } from '@pilvi/cluster-map';
import { addReadings } from '@pilvi/metrics';
import type { ProcessMetrics, Reading } from '@pilvi/metrics';
import { statusDocument } from '../admin/status.ts';
import type { ComputeSessions } from '../compute/compute-backend.ts';
import type { NodeLiveness } from '../cluster/node-liveness.ts';
import type { NodeReports } from '../cluster/node-reports.ts';
import type { ControlHealth } from '../control/control-health.ts';

/** Where a gateway keeps what its metrics tell. */
export interface GatewaySources {
  readonly name: string;
  readonly maps: ClusterMapSource;
  readonly reports: NodeReports;
  readonly liveness: NodeLiveness;
  readonly controlHealth: ControlHealth;
  readonly compute: Pick<ComputeSessions, 'nodes' | 'absence'>;
  readonly leads: () => boolean;
  readonly deadAfterMs: number;
  readonly wallMs: () => number;
}

const NODE_STATES = ['up', 'draining', 'stopping', 'down', 'lost'] as const;

/** The cluster as this gateway sees it: the same figures as `pilvi status`. */
export function addGatewayReadings(metrics: ProcessMetrics, sources: GatewaySources): void {
  const status = () => statusDocument(sources);
  const readings: Reading[] = [
    {
      kind: 'gauge',
      name: 'pilvi_cluster_serving',
      help: '1 when every partition serves reads and writes.',
      read: () => Number(status().serving),
    },
    {
      kind: 'gauge',
      name: 'pilvi_cluster_redundant',
      help: '1 when copies survive the loss of a node, as the cluster is configured.',
      read: () => Number(status().redundant),
    },
    { kind: 'gauge', name: 'pilvi_cluster_partitions', help: 'Partitions placed on nodes.', read: () => status().partitions.total },
    {
      kind: 'gauge',
      name: 'pilvi_cluster_partitions_unhealthy',
      help: 'Partitions that lack something: under_replicated (copies), leaderless (a serving primary), lost (every disk), differing (digests, D4).',
      label: 'problem',
      read: () => {
        const { underReplicated, leaderless, lost, differing } = status().partitions;
        return [
          ['under_replicated', underReplicated],
          ['leaderless', leaderless],
          ['lost', lost],
          ['differing', differing],
        ];
      },
    },
    { kind: 'gauge', name: 'pilvi_cluster_objects', help: 'Objects in all buckets.', read: () => status().objects.total },
    {
      kind: 'gauge',
      name: 'pilvi_cluster_objects_under_replicated',
      help: 'Objects and parts with fewer copies than wanted; what is not counted yet is not called whole.',
      read: () => status().objects.underReplicated,
    },
    {
      kind: 'gauge',
      name: 'pilvi_cluster_nodes',
      help: 'Storage nodes by state.',
      label: 'state',
      read: () => {
        const { nodes } = status();
        return NODE_STATES.map((state) => [state, nodes.filter((node) => node.state === state).length]);
      },
    },
    {
      kind: 'gauge',
      name: 'pilvi_cluster_map_revision',
      help: 'Revision of the newest cluster map that this gateway knows.',
      read: () => sources.maps.current()?.revision ?? 0,
    },
    {
      kind: 'gauge',
      name: 'pilvi_control_store_available',
      help: '1 when the control store answers; without it there is no failover and no new bucket (C4).',
      read: () => Number(sources.controlHealth.reason() === ''),
    },
    {
      kind: 'gauge',
      name: 'pilvi_gateway_leads',
      help: '1 in the gateway that runs the controllers.',
      read: () => Number(sources.leads()),
    },
  ];
  addReadings(metrics, readings);
}
