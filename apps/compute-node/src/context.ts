import { statfsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComputeHeartbeat, ComputeHello } from '@pilvi/contracts/compute/v1/service';
import { DriverError, openCrunDriver } from '@pilvi/instance-driver';
import { openImageStore, openRootDisks } from '@pilvi/instance-images';
import { createSupervisor, systemClock, systemRandom } from '@pilvi/runtime';
import type { Logger } from '@pilvi/runtime';
import { loadCredentials, parseAddress } from '@pilvi/transport';
import type { Security } from '@pilvi/transport';
import { createGatewayLinks } from './cluster/gateway-link.ts';
import type { GatewayLinks } from './cluster/gateway-link.ts';
import type { ComputeNodeConfig } from './config.ts';
import { ARCHITECTURE, createImageSource } from './images/image-source.ts';
import { createInstanceKeeper } from './instances/instance-keeper.ts';
import { openInstanceStore } from './instances/instance-store.ts';
import type { NodeIdentity } from './instances/instance-store.ts';
import { findBootPrograms, missingHere } from './missing-here.ts';
import { createGroupKeeper } from './group-keeper.ts';
import { openNodeNetwork } from './open-node-network.ts';

const PROTOCOL_VERSION = 1;
const STOP_TASKS_BOUND_MS = 5_000;

/** The composition root: everything of a compute node is wired here, by hand. Throws DriverError `unsupported` naming what this machine lacks. */
export async function createContext(config: ComputeNodeConfig, { log, fail }: { log: Logger; fail: (error: unknown) => void }) {
  const clock = systemClock;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const supervisor = createSupervisor({ log, clock, random: systemRandom, onFatal: fail });
  const tls = config.tlsDir === undefined ? undefined : await loadCredentials(config.tlsDir);
  const security = (address: string): Security => (parseAddress(address).kind === 'unix' || tls === undefined ? { kind: 'unix' } : tls);
  const place = (name: string): string => join(config.dataDir, name);

  const missing = await missingHere();
  if (missing.length > 0) throw new DriverError('unsupported', `this machine lacks ${missing.join(', ')}`);
  const driver = await openCrunDriver({ stateDirectory: place('driver'), cgroupParent: config.cgroupParent });
  const disks = await openRootDisks({ directory: place('disks'), mountDirectory: config.mountDirectory });
  const images = await openImageStore(place('images'));
  const store = await openInstanceStore(place('state'), log);
  const found: NodeIdentity = (await store.identity()) ?? { nodeId: systemRandom.hex(16), clusterId: '' };
  // Its name first: all that is made on this machine is named by it.
  await store.putIdentity(found);
  const network = await openNodeNetwork({ log, supervisor, store }, config, found);
  let identity: NodeIdentity = { ...found, publicCidr: network.publicCidr };
  await store.putIdentity(identity);
  const groups = createGroupKeeper(store, network, await store.groups());
  let isStopping = false;
  // The keeper speaks before the links are there.
  const later: { links?: GatewayLinks } = {};
  const onChange = (): void => later.links?.nudge();

  const source = await createImageSource({
    images,
    store,
    scratchDirectory: place('scratch'),
    readObject: (object, signal) => later.links!.readObject(object, signal),
    onChange,
  });
  const keeper = await createInstanceKeeper({
    driver,
    disks,
    network,
    programs: findBootPrograms(),
    consoleDirectory: place('consoles'),
    images: source,
    store,
    clock,
    log,
    supervisor,
    onChange,
  });

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
    publicCidr: network.publicCidr,
  });
  const heartbeat = (): ComputeHeartbeat => ({
    driver: { name: 'crun', ready: true, missing: [] },
    instances: [...keeper.observed()],
    images: [...source.offered()],
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
    onInstance: (desired) => keeper.desire(desired),
    onSecurityGroup: (group) => groups.put(group),
    onForget: (instanceId) => keeper.forget(instanceId),
    async answerConsole({ requestId, instanceId, maxBytes }) {
      const found = await keeper.console(instanceId, maxBytes);
      return {
        requestId,
        found: found !== undefined,
        output: found?.output ?? Buffer.alloc(0),
        writtenMs: BigInt(Math.round(found?.writtenMs ?? 0)),
      };
    },
  });

  return {
    /** A graceful end takes the instances with it; the next start brings back those that ran. (Killed, it leaves them running.) */
    async [Symbol.asyncDispose](): Promise<void> {
      isStopping = true;
      later.links?.nudge();
      await keeper.stopAll();
      await network.close();
      await supervisor.shutdown(STOP_TASKS_BOUND_MS);
      await driver[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

function diskBytes(path: string, which: 'blocks' | 'bavail'): bigint {
  const { bsize, ...counts } = statfsSync(path, { bigint: true });
  return counts[which] * bsize;
}
