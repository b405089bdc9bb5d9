import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedControlStore } from '@pilvi/control-store';
import { silentLogger } from '@pilvi/runtime';
import type { GatewayConfig } from './config.ts';
import { createContext } from './context.ts';
import { createGatewayMetrics } from './metrics/gateway-metrics.ts';
import { rehearseRequests } from './rehearse-requests.ts';
import { serveGateway } from './server.ts';

const ANSWER_BOUND_MS = 5_000;
const COMMITS = 20;
/** Space that a log takes at once, and syncs. */
const SEGMENT_BYTES = 256 * 1024;

/**
 * Does what a start does, in a directory of its own, and takes all of it away again. All clients wait while an understudy that was called starts, and code
 * that has run before runs several times as fast. Nothing of the cluster is touched. Between its steps it looks whether `signal` has aborted.
 */
export async function rehearse(config: GatewayConfig, signal: AbortSignal): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-rehearsal-'));
  const strike = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', strike);
  try {
    await rehearseServing({ ...config, ...onStage(directory) }, signal);
    signal.throwIfAborted();
    await rehearseOpening(join(directory, 'control'), signal);
    signal.throwIfAborted();
    await rehearseRequests(config, directory, signal);
  } finally {
    process.off('exit', strike);
    strike();
  }
}

/** A gateway that nobody knows of. */
function onStage(directory: string): Partial<GatewayConfig> {
  const listen = `unix:${join(directory, 'gateway.sock')}`;
  return {
    dataDir: join(directory, 'gateway'),
    listen,
    gateways: [listen],
    advertise: undefined,
    authorityDir: undefined,
    tlsDir: undefined,
    http: { bind: '127.0.0.1', port: 0, inheritedFd: undefined, certFile: undefined, keyFile: undefined },
    adminSocket: join(directory, 'admin.sock'),
    etcd: undefined,
    stop: { lameDuckMs: 0, drainMs: 0 },
  };
}

async function rehearseServing(config: GatewayConfig, signal: AbortSignal): Promise<void> {
  const metrics = createGatewayMetrics(config.name, { withNode: false });
  const context = await createContext(config, { log: silentLogger, fail: () => undefined, metrics });
  try {
    await using _server = await serveGateway(context);
    if (!signal.aborted) await ask(config.adminSocket, '/_pilvi/status');
  } finally {
    await context.close();
  }
}

async function rehearseOpening(directory: string, signal: AbortSignal): Promise<void> {
  const open = () => openEmbeddedControlStore({ directory, segmentBytes: SEGMENT_BYTES });
  {
    await using store = await open();
    await store.serving();
    const value = Buffer.alloc(100);
    for (let n = 0; n < COMMITS && !signal.aborted; n++) {
      await store.txn([], [{ kind: 'put', key: `/rehearsal/${String(n)}`, value }]);
    }
  }
  signal.throwIfAborted();
  await using store = await open();
  await store.serving();
}

function ask(socketPath: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, signal: AbortSignal.timeout(ANSWER_BOUND_MS) }, (response) => {
      response.resume();
      response.once('end', resolve);
    });
    asked.once('error', reject);
    asked.end();
  });
}
