import { mkdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { openEmbeddedControlStore } from '@pilvi/control-store';
import { silentLogger } from '@pilvi/runtime';
import type { GatewayConfig } from './config.ts';
import { createContext } from './context.ts';
import { serveGateway } from './server.ts';

const COMMITS = 50;

/**
 * Does what a start does, in a directory of its own, and takes all of it away again. All clients wait while an understudy that was called starts, and code
 * that has run before runs several times as fast. Nothing of the cluster is touched.
 */
export async function rehearse(config: GatewayConfig): Promise<void> {
  const directory = join(config.dataDir, 'rehearsal');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    await rehearseServing({ ...config, ...onStage(directory) });
    await rehearseOpening(join(directory, 'control'));
  } finally {
    await rm(directory, { recursive: true, force: true });
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

async function rehearseServing(config: GatewayConfig): Promise<void> {
  const context = await createContext(config, { log: silentLogger, fail: () => undefined });
  try {
    const server = await serveGateway(context);
    await ask(config.adminSocket, '/_pilvi/status');
    await server[Symbol.asyncDispose]();
  } finally {
    await context.close();
  }
}

async function rehearseOpening(directory: string): Promise<void> {
  const open = () => openEmbeddedControlStore({ directory });
  {
    await using store = await open();
    await store.serving();
    const value = Buffer.alloc(100);
    for (let n = 0; n < COMMITS; n++) await store.txn([], [{ kind: 'put', key: `/rehearsal/${String(n)}`, value }]);
  }
  await using store = await open();
  await store.serving();
}

function ask(socketPath: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (response) => {
      response.resume();
      response.once('end', resolve);
    });
    asked.once('error', reject);
    asked.end();
  });
}
