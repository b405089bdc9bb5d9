import express from 'express';
import type { Express } from 'express';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { accessSocketBeside } from '@pilvi/admin-api';
import type { ReadyDocument } from '@pilvi/admin-api';
import { METRICS_PATH } from '@pilvi/metrics';
import { serve } from '@pilvi/transport';
import { serveAdmin } from './admin/serve-admin.ts';
import { createAccessService } from './compute/access-service.ts';
import { whyNoInstances } from './compute/why-no-instances.ts';
import { healthDocument } from './admin/health.ts';
import type { GatewayContext, OpenStore } from './context.ts';
import { addEnrolRoute } from './enrolment/enrol-route.ts';
import { describeCluster } from './enrolment/describe-cluster.ts';
import { watchConnections } from './connections.ts';
import { createEdge } from './edge.ts';
import { listen } from './listen.ts';
import { guardedMetrics } from './metrics/metrics-door.ts';
import { attachS3, MAX_HEADER_BYTES } from './s3/attach-s3.ts';

/** Requests that come while the control store opens wait this long. */
const HOLD_MS = 10_000;
const HOLD_LOOK_MS = 5;

/** The gateway's doors: gRPC for nodes, the public HTTP port, and for the command line the admin socket and the one for ways into instances. */
export async function serveGateway(context: GatewayContext): Promise<AsyncDisposable> {
  const { config, log, sessions, compute, security } = context;
  const services = [sessions.service, compute.service];
  await using served = new AsyncDisposableStack();
  served.use(await serve({ address: config.listen, security: security(config.listen), services, log }));
  context.begin();
  const access = createAccessService({ state: () => context.store()?.ec2, sessions: compute, log });
  const accessAddress = `unix:${accessSocketBeside(config.adminSocket)}`;
  served.use(await serve({ address: accessAddress, security: { kind: 'unix' }, services: [access] }));
  const admin = await serveAdmin(context);
  served.use(admin);
  served.use(await servePublic(context, admin.retire));
  log.info({ port: config.http.port, bind: config.http.bind }, 'serving S3 and EC2');
  return served.move();
}

/** Its disposal is the graceful end: other gateways are looked for, and what is under way ends; `onDrain` is called between. */
async function servePublic(context: GatewayContext, onDrain: () => void): Promise<AsyncDisposable> {
  const { bind, port, inheritedFd } = context.config.http;
  let stopping = false;
  const handle = createHandler(context, () => stopping);
  const server = await createPublicServer(context, (request, response) => {
    connections.began(request, response);
    handle(request, response);
  });
  const connections = watchConnections(server);
  await listen(server, inheritedFd === undefined ? { host: bind, port } : { fd: inheritedFd });
  return {
    async [Symbol.asyncDispose]() {
      const { lameDuckMs, drainMs } = context.config.stop;
      stopping = true;
      connections.retire();
      await sleep(lameDuckMs);
      onDrain();
      await connections.drain(drainMs);
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** `/_pilvi/*` is ours, everything else belongs to the service it was signed for. Decided here, so that a request passes one application only. */
function createHandler(context: GatewayContext, stopping: () => boolean): Handler {
  const ours = createPublicAdminApp(context, stopping);
  let edge: Handler | undefined;
  return (request, response) => {
    if (request.url?.startsWith('/_pilvi/') === true) {
      ours(request, response);
      return;
    }
    const store = context.store();
    if (store === undefined) {
      whenOpen(context, response, (opened) => {
        edge ??= createEdge(context, opened);
        edge(request, response);
      });
      return;
    }
    edge ??= createEdge(context, store);
    edge(request, response);
  };
}

/** L4: a gateway that is just starting holds requests rather than refuse them, for a while. */
function whenOpen(context: GatewayContext, response: ServerResponse, go: (store: OpenStore) => void): void {
  const untilMs = context.clock.monotonicMs() + HOLD_MS;
  const look = context.clock.interval(HOLD_LOOK_MS, () => {
    const store = context.store();
    const late = context.clock.monotonicMs() > untilMs;
    if (store === undefined && !late && !response.destroyed) return;
    look.cancel();
    if (store !== undefined) go(store);
    else refuseForNow(response);
  });
}

function createPublicAdminApp(context: GatewayContext, stopping: () => boolean): Express {
  const { maps, reports, controlHealth, clock, log, sessions, compute, authority, metrics, config } = context;
  const app = express();
  app.disable('x-powered-by');
  app.get('/_pilvi/health', (_request, response) => {
    const { status, document } = healthDocument(maps, reports, {
      controlStore: controlHealth.reason(),
      compute: { nodes: compute.nodes.length, reason: whyNoInstances(compute) },
    });
    // Still served, but a load balancer should look for another gateway.
    if (stopping()) response.status(503).json({ ...document, status: 'unavailable', reason: 'this gateway stops' });
    else response.status(status).json(document);
  });
  app.get('/_pilvi/ready', (_request, response) => {
    const reason = stopping() ? 'this gateway stops' : maps.current() === undefined ? 'this gateway starts' : '';
    response.status(reason === '' ? 200 : 503).json({ ready: reason === '', reason } satisfies ReadyDocument);
  });
  app.use(METRICS_PATH, guardedMetrics({ metrics: metrics.process, log, token: config.metricsToken }));
  addEnrolRoute(app, {
    log,
    components() {
      const control = context.store()?.control;
      if (control === undefined) return undefined;
      const isConnected = (name: string): boolean =>
        [...(maps.current()?.members.values() ?? [])].some((m) => m.name === name && sessions.connected(m.incarnation));
      return {
        control,
        clock,
        log,
        authority,
        isEmbedded: context.engine.freezable !== undefined,
        describeCluster: () => describeCluster(context),
        rootKey: context.config.root,
        isConnected,
      };
    },
  });
  return app;
}

/** Before the control store is open: clients try again. */
function refuseForNow(response: ServerResponse): void {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>ServiceUnavailable</Code><Message>The cluster is starting. Please try again.</Message></Error>';
  response.writeHead(503, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
    'retry-after': '1',
    connection: 'close',
  });
  response.end(body);
}

async function createPublicServer({ config, metrics }: GatewayContext, handler: Handler): Promise<Server> {
  const { certFile, keyFile } = config.http;
  const options = { maxHeaderSize: MAX_HEADER_BYTES };
  const server =
    certFile === undefined || keyFile === undefined
      ? createHttpServer(options, handler)
      : createHttpsServer({ ...options, cert: await readFile(certFile), key: await readFile(keyFile) }, handler);
  attachS3(server, handler);
  server.on('connection', (socket: Socket) => socket.once('close', metrics.connected()));
  return server;
}
