import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectImage } from '@pilvi/contracts/compute/v1/instance';
import { DriverError, openCrunDriver } from '@pilvi/instance-driver';
import { openImageStore, openRootDisks } from '@pilvi/instance-images';
import { createInstanceMetadata } from '@pilvi/instance-metadata';
import { NetworkError } from '@pilvi/instance-network';
import type { InstanceNetwork } from '@pilvi/instance-network';
import { createSemaphore } from '@pilvi/runtime';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import { openWayIn } from './access/open-way-in.ts';
import type { ComputeNodeConfig } from './config.ts';
import { createGroupKeeper } from './group-keeper.ts';
import { createImageSource } from './images/image-source.ts';
import { RUNS_AT_ONCE } from './instances/begin-run.ts';
import { createInstanceKeeper } from './instances/instance-keeper.ts';
import type { InstanceStore, NodeIdentity } from './instances/instance-store.ts';
import { findBootPrograms, missingHere } from './missing-here.ts';
import { openNodeNetwork } from './open-node-network.ts';
import { createSshDoors } from './ssh/ssh-doors.ts';
import { nothingRunsHere } from './workload.ts';
import type { Workload } from './workload.ts';

interface Components {
  readonly store: InstanceStore;
  readonly readObject: (object: ObjectImage, signal: AbortSignal) => AsyncIterable<Buffer>;
  /** Something that gateways are told has changed. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly supervisor: Supervisor;
}

/** Opens all that instances need of this machine, and looks after those that an earlier process left. A machine that lacks something runs none, and says what it lacks. */
export async function openWorkload(components: Components, config: ComputeNodeConfig, identity: NodeIdentity): Promise<Workload> {
  const missing = await missingHere();
  if (missing.length > 0) return off(components, missing);
  try {
    const { log, supervisor, store } = components;
    const network = await openNodeNetwork({ log, supervisor, store }, config, identity);
    return await openOn(components, config, network).catch(async (error: unknown) => {
      await network.close();
      throw error;
    });
  } catch (error) {
    if (error instanceof NetworkError && error.code === 'unavailable')
      return off(components, error.missing.length > 0 ? error.missing : [error.message]);
    if (error instanceof DriverError && error.code === 'unsupported') return off(components, [error.message]);
    throw error;
  }
}

function off({ log }: Components, missing: readonly string[]): Workload {
  log.warn({ missing }, 'this machine cannot run instances');
  return nothingRunsHere(missing);
}

async function openOn(components: Components, config: ComputeNodeConfig, network: InstanceNetwork): Promise<Workload> {
  const { store, readObject, onChange, clock, log, supervisor } = components;
  const place = (name: string): string => join(config.dataDir, name);
  const driver = await openCrunDriver({ stateDirectory: place('driver'), cgroupParent: config.cgroupParent });
  const disks = await openRootDisks({ directory: place('disks'), mountDirectory: config.mountDirectory });
  const images = await openImageStore(place('images'));
  const groups = createGroupKeeper({ store, network, supervisor, log }, await store.groups());
  const source = await createImageSource({ images, store, scratchDirectory: place('scratch'), readObject, onChange });
  // The keeper speaks before they are there.
  const later: { doors?: ReturnType<typeof createSshDoors> } = {};
  const keeper = await createInstanceKeeper({
    driver,
    disks,
    network,
    programs: findBootPrograms(),
    turns: createSemaphore(RUNS_AT_ONCE),
    consoleDirectory: place('consoles'),
    images: source,
    store,
    clock,
    log,
    supervisor,
    onChange() {
      later.doors?.look();
      onChange();
    },
  });
  const observed = () => keeper.observed();
  later.doors = createSshDoors({ driver, network, store, observed, hostKeyDirectory: place('host-keys'), log, supervisor });
  later.doors.look();
  const metadata = createInstanceMetadata({
    find: (address) => keeper.at(address),
    groupNames: (groupId) => groups.nameOf(groupId),
    clock,
  });
  network.serveMetadata(metadata);

  return {
    publicCidr: network.publicCidr,
    driver: { name: 'crun', ready: true, missing: [] },
    observed: () => keeper.observed(),
    offered: () => source.offered(),
    desire: (desired) => keeper.desire(desired),
    putGroup: (group) => groups.put(group),
    forget: (instanceId) => keeper.forget(instanceId),
    console: (instanceId, maxBytes) => keeper.console(instanceId, maxBytes),
    enter: (begin, signal) => openWayIn({ driver, network, keeper }, begin, signal),
    stop: () => keeper.stopAll(),
    async [Symbol.asyncDispose]() {
      later.doors?.close();
      metadata.close();
      metadata.closeAllConnections();
      await network.close();
      await driver[Symbol.asyncDispose]();
      // Empty by now, unless something could not be ended.
      await rmdir(config.mountDirectory).catch(() => undefined);
    },
  };
}
