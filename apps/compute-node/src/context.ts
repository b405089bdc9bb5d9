import { statfsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComputeHeartbeat, ComputeHello } from '@pilvi/contracts/compute/v1/service';
import { createSupervisor, systemClock, systemRandom } from '@pilvi/runtime';
import type { Logger } from '@pilvi/runtime';
import { loadCredentials, parseAddress } from '@pilvi/transport';
import type { Security } from '@pilvi/transport';
import { serveAccess } from './access/serve-access.ts';
import { createGatewayLinks } from './cluster/gateway-link.ts';
import type { GatewayLinks } from './cluster/gateway-link.ts';
import type { ComputeNodeConfig } from './config.ts';
import { ARCHITECTURE } from './images/image-source.ts';
import { openInstanceStore } from './instances/instance-store.ts';
import type { NodeIdentity } from './instances/instance-store.ts';
import { openWorkload } from './open-workload.ts';

const PROTOCOL_VERSION = 1;
const STOP_TASKS_BOUND_MS = 5_000;

/** The composition root: everything of a compute node is wired here, by hand. */
export async function createContext(config: ComputeNodeConfig, { log, fail }: { log: Logger; fail: (error: unknown) => void }) {
  const clock = systemClock;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const supervisor = createSupervisor({ log, clock, random: systemRandom, onFatal: fail });
  const tls = config.tlsDir === undefined ? undefined : await loadCredentials(config.tlsDir);
  const security = (address: string): Security => (parseAddress(address).kind === 'unix' || tls === undefined ? { kind: 'unix' } : tls);

  const store = await openInstanceStore(join(config.dataDir, 'state'), log);
  const found: NodeIdentity = (await store.identity()) ?? { nodeId: systemRandom.hex(16), clusterId: '' };
  // Its name first: all that is made on this machine is named by it.
  await store.putIdentity(found);
  // Instances are looked after before the links are there.
  const later: { links?: GatewayLinks } = {};
  const onChange = (): void => later.links?.nudge();
  const workload = await openWorkload(
    { store, readObject: (object, signal) => later.links!.readObject(object, signal), onChange, clock, log, supervisor },
    config,
    found,
  );
  let identity: NodeIdentity = workload.publicCidr === '' ? found : { ...found, publicCidr: workload.publicCidr };
  await store.putIdentity(identity);
  let isStopping = false;

  const hello = (): ComputeHello => ({
    nodeId: identity.nodeId,
    clusterId: identity.clusterId,
    name: config.name,
    zone: config.zone,
    protocol: PROTOCOL_VERSION,
    architecture: ARCHITECTURE,
    capacity: {
      cpuMillis: config.cpuMillis,
      memoryBytes: BigInt(config.memoryMib) * 1024n * 1024n,
      diskBytes: diskBytes(config.dataDir, 'blocks'),
    },
    publicCidr: workload.publicCidr,
  });
  const heartbeat = (): ComputeHeartbeat => ({
    driver: workload.driver,
    instances: [...workload.observed()],
    images: [...workload.offered()],
    freeDiskBytes: diskBytes(config.dataDir, 'bavail'),
    stopping: isStopping,
  });
  later.links = createGatewayLinks({
    addresses: config.gateways,
    security,
    hello,
    heartbeat,
    clock,
    log,
    supervisor,
    async onWelcome(clusterId) {
      identity = { ...identity, clusterId };
      await store.putIdentity(identity);
    },
    onInstance: (desired) => workload.desire(desired),
    onSecurityGroup: (group) => workload.putGroup(group),
    onForget: (instanceId) => workload.forget(instanceId),
    serveAccess: (call, token) => serveAccess({ open: (begin, signal) => workload.enter(begin, signal), log }, call, token),
    async answerConsole({ requestId, instanceId, maxBytes }) {
      const found = await workload.console(instanceId, maxBytes);
      return {
        requestId,
        found: found !== undefined,
        output: found?.output ?? Buffer.alloc(0),
        writtenMs: BigInt(Math.round(found?.writtenMs ?? 0)),
      };
    },
  });

  return {
    /** Why instances cannot be told to it now; empty when they can. A machine that cannot run any says so to the gateways, and is as healthy. */
    notReadyBecause: (): string => (later.links?.count() === 0 ? 'waiting for a gateway' : ''),
    /** A graceful end takes the instances with it; the next start brings back those that ran. (Killed, it leaves them running.) */
    async [Symbol.asyncDispose](): Promise<void> {
      isStopping = true;
      later.links?.nudge();
      await workload.stop();
      await workload[Symbol.asyncDispose]();
      await supervisor.shutdown(STOP_TASKS_BOUND_MS);
      await store[Symbol.asyncDispose]();
    },
  };
}

function diskBytes(path: string, which: 'blocks' | 'bavail'): bigint {
  const { bsize, ...counts } = statfsSync(path, { bigint: true });
  return counts[which] * bsize;
}
