import express from 'express';
import type { Express } from 'express';
import type { ScrubDocument } from '@pilvi/admin-api';
import { METRICS_PATH } from '@pilvi/metrics';
import type { BucketDirectory, NodeSessionPool, ObjectStore } from '@pilvi/object-store';
import type { ClusterMapSource } from '@pilvi/cluster-map';
import type { Clock, Logger } from '@pilvi/runtime';
import type { ClusterAuthority } from '@pilvi/transport';
import type { ControlHealth } from '../control/control-health.ts';
import type { ComputeSessions } from '../compute/compute-backend.ts';
import type { NodeLiveness } from '../cluster/node-liveness.ts';
import type { NodeReports } from '../cluster/node-reports.ts';
import type { EtcdConfig } from '../config.ts';
import type { GatewayMetrics } from '../metrics/gateway-metrics.ts';
import { openMetrics } from '../metrics/metrics-door.ts';
import type { ControlStore } from '@pilvi/control-store';
import { addBackupRoutes } from './backup-routes.ts';
import { addControlStoreRoutes } from './control-store-routes.ts';
import { addMemberRoutes } from './member-routes.ts';
import { statusDocument } from './status.ts';
import { addTokenRoutes } from './token-routes.ts';
import { whereDocument } from './where.ts';

interface Components {
  readonly maps: ClusterMapSource;
  readonly reports: NodeReports;
  readonly liveness: NodeLiveness;
  readonly sessions: NodeSessionPool;
  /** Undefined until the control store is open. */
  readonly store: () => { control: ControlStore; objects: ObjectStore; buckets: BucketDirectory } | undefined;
  /** Asks every connected node to read all that it stores again; their names. */
  readonly askForScrub: () => string[];
  /** Reads the gateway's own copy of the control data again; ends the process when it is damaged, for the next start to mend. */
  readonly scrubControl: () => Promise<void>;
  readonly deadAfterMs: number;
  readonly wallMs: () => number;
  readonly controlHealth: ControlHealth;
  readonly compute: Pick<ComputeSessions, 'nodes' | 'absence'>;
  /** Of this gateway. */
  readonly name: string;
  readonly region: string;
  /** Of the root account. */
  readonly ownerId: string;
  /** It runs the controllers. */
  readonly leads: () => boolean;
  readonly moveControl: (etcd: EtcdConfig, signal: AbortSignal) => Promise<void>;
  /** Ends this process in good order, to be started again. */
  readonly restart: () => void;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly authority: ClusterAuthority | undefined;
}

/** What the command line asks, over a Unix socket that only its owner can open. */
export function createAdminApp(components: Components): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(METRICS_PATH, openMetrics({ metrics: components.metrics.process, log: components.log }));
  app.get('/_pilvi/status', (_request, response) => {
    response.json(statusDocument(components));
  });
  app.post('/_pilvi/scrub', async (_request, response) => {
    const names = components.askForScrub();
    await components.scrubControl();
    response.json({ nodes: names } satisfies ScrubDocument);
  });
  app.get('/_pilvi/where', async (request, response) => {
    const { bucket, key } = request.query;
    const store = components.store();
    if (typeof bucket !== 'string' || typeof key !== 'string') {
      response.status(400).json({ error: 'bucket and key are needed' });
      return;
    }
    const document = store === undefined ? undefined : await whereDocument({ ...components, ...store }, bucket, key);
    if (document === undefined) response.status(404).json({ error: 'no such object' });
    else response.json(document);
  });
  addControlStoreRoutes(app, components);
  addBackupRoutes(app, components);
  addTokenRoutes(app, components);
  addMemberRoutes(app, components);
  return app;
}
