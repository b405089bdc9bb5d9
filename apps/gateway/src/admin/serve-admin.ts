import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createNodeLiveness } from '../cluster/node-liveness.ts';
import type { GatewayContext } from '../context.ts';
import { listen } from '../listen.ts';
import { addGatewayReadings } from '../metrics/gateway-readings.ts';
import { rootAccount } from '../root-account.ts';
import { createAdminApp } from './admin-app.ts';

export interface AdminServer extends AsyncDisposable {
  /** Takes no new connections. */
  retire(): void;
}

/** The admin socket, for the command line; only who owns it can open it. */
export async function serveAdmin(context: GatewayContext): Promise<AdminServer> {
  const { config, sessions } = context;
  const liveness = createNodeLiveness(context.reports, sessions);
  const known = { ...context, liveness, deadAfterMs: config.deadAfterMs, name: config.name, wallMs: () => context.clock.wallMs() };
  addGatewayReadings(context.metrics.process, known);
  const server = createServer(
    createAdminApp({
      ...known,
      region: config.region,
      ownerId: rootAccount(config.root.secretAccessKey).canonicalId,
      sessions: context.nodes,
      restart: () => process.kill(process.pid, 'SIGTERM'),
      askForScrub: () => sessions.scrub().map((node) => context.maps.current()?.members.get(node)?.name ?? node),
    }),
  );
  await rm(config.adminSocket, { force: true });
  await listen(server, { path: config.adminSocket });
  await chmod(config.adminSocket, 0o600);
  return {
    retire: () => void server.close(),
    [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      return Promise.resolve();
    },
  };
}
