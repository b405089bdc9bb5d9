import { mkdir } from 'node:fs/promises';
import { ControlStoreError } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import {
  createBucketDirectory,
  createNodeSessions,
  createObjectStore,
  createRoutedChunkClient,
  createRoutedIndexClient,
} from '@pilvi/object-store';
import type { ObjectStore, RunningBucketDirectory } from '@pilvi/object-store';
import { createSupervisor, systemClock, systemRandom } from '@pilvi/runtime';
import type { Logger } from '@pilvi/runtime';
import { loadClusterAuthority, loadCredentials, parseAddress } from '@pilvi/transport';
import type { Security } from '@pilvi/transport';
import { createClusterSessions } from './cluster/cluster-service.ts';
import { createCluster } from './cluster/create-cluster.ts';
import { createFirstContacts } from './cluster/first-contact.ts';
import { createGatewayDirectory } from './cluster/gateway-directory.ts';
import { createElection, SOLE_LEADER } from './cluster/leadership.ts';
import type { Leadership } from './cluster/leadership.ts';
import { tellPresence } from './cluster/gateway-presence.ts';
import { createMapKeeper, type MapKeeper } from './cluster/map-keeper.ts';
import { createNodeReports } from './cluster/node-reports.ts';
import { runPlacementController } from './cluster/placement-controller.ts';
import { raiseCopies } from './cluster/raise-copies.ts';
import { startCompute } from './compute/start-compute.ts';
import { createComputeSessions } from './compute/compute-sessions.ts';
import type { ComputeBackend } from './compute/compute-backend.ts';
import type { EtcdConfig, GatewayConfig } from './config.ts';
import { createControlHealth } from './control/control-health.ts';
import { completeMove, moveControlData } from './control/control-move.ts';
import { writeMovedFile } from './control/moved-file.ts';
import { createControlEngine } from './control/open-control.ts';
import { connect } from './control/open-etcd.ts';
import type { OpenedControl } from './control/opened-control.ts';
import type { Ec2State } from './ec2/state/ec2-state.ts';
import { createGatewayMetrics } from './metrics/gateway-metrics.ts';
import type { GatewayMetrics } from './metrics/gateway-metrics.ts';

const PLACEMENT_EVERY_MS = 2_000;

export type GatewayContext = Awaited<ReturnType<typeof createContext>>;

/** What S3 and EC2 stand on, once the control store is open. */
export interface OpenStore {
  readonly control: ControlStore;
  readonly objects: ObjectStore;
  readonly buckets: RunningBucketDirectory;
  readonly ec2: Ec2State;
}

interface Surroundings {
  readonly log: Logger;
  readonly fail: (error: unknown) => void;
  readonly metrics?: GatewayMetrics;
}

/** The composition root: everything of a gateway is wired here, by hand. */
export async function createContext(config: GatewayConfig, surroundings: Surroundings) {
  const { log, fail, metrics = createGatewayMetrics(config.name) } = surroundings;
  const [clock, random] = [systemClock, systemRandom];
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const supervisor = createSupervisor({ log, clock, random, onFatal: fail });
  const tls = config.tlsDir === undefined ? undefined : await loadCredentials(config.tlsDir);
  const security = (address: string): Security => (parseAddress(address).kind === 'unix' || tls === undefined ? { kind: 'unix' } : tls);
  const authority = config.authorityDir === undefined ? undefined : await loadClusterAuthority(config.authorityDir);
  const own = config.advertise === undefined ? undefined : { name: config.name, address: config.advertise };
  const gateways = createGatewayDirectory(config.gateways, own);
  const maps = createMapKeeper();
  const reports = createNodeReports(clock, maps);
  const contacts = createFirstContacts(clock);
  const ready = Promise.withResolvers<undefined>();
  let opened: OpenedControl | undefined;
  let open: OpenStore | undefined;
  const controlHealth = createControlHealth({ clock, log });
  let leadership: Leadership | undefined;

  const sessions = createClusterSessions({
    control: () => {
      if (open === undefined) throw new Error('the control store is not open yet');
      return open.control;
    },
    maps,
    reports,
    clock,
    log,
    supervisor,
    gateways,
    onContact: (contact) => {
      contacts.note(contact);
      if (open === undefined) nodes.prepare(contact.address);
    },
    ready: ready.promise,
  });
  const computeBackend = Promise.withResolvers<ComputeBackend>();
  const compute = createComputeSessions({ ...config, backend: computeBackend.promise, clock, random, log, supervisor });
  const nodes = createNodeSessions({ map: maps, security: tls ?? { kind: 'unix' }, clock, random });

  const engine = createControlEngine({ maps, reports, contacts, security, clock, random, log, supervisor, fail, controlHealth }, config);

  /** Takes part in the election of who runs the controllers, where there may be others. */
  function lead(control: ControlStore): Leadership {
    if (engine.freezable !== undefined) return SOLE_LEADER;
    const election = createElection({ control, clock, random, log, name: config.name });
    supervisor.run('election', (signal) => election.run(signal), { onFailure: 'restart' });
    const presence = { control, reports, connected: () => sessions.connectedNodes, clock, log, name: config.name };
    supervisor.run('presence', (signal) => tellPresence(presence, signal), { onFailure: 'restart' });
    return election;
  }

  /** Opens the control store, creates the cluster if it is new, and starts what stands on it. */
  async function start(signal: AbortSignal): Promise<void> {
    opened = await engine.open(signal);
    const { control } = opened;
    const founding = { control, clusterId: opened.clusterId, log };
    const clusterId = await createCluster(founding, { copies: config.copies, partitions: config.partitions, contacts: contacts.all });
    await opened.remember?.(clusterId);
    await raiseCopies({ control, log }, config.copies);
    if (own !== undefined) supervisor.run('gateways', (signal) => gateways.follow(control, signal), { onFailure: 'restart' });
    supervisor.run('map-keeper', (signal) => maps.follow(control, signal), { onFailure: 'restart' });
    const index = createRoutedIndexClient({ map: maps, sessions: nodes.index, clock, random });
    const chunks = createRoutedChunkClient({ map: maps, sessions: nodes.chunks, clock, random });
    const objects = createObjectStore({ index, chunks, clock, random, background: supervisor });
    const buckets = createBucketDirectory({ control, index, clock, random });
    supervisor.run('buckets', (signal) => buckets.run(signal), { onFailure: 'restart' });
    leadership = lead(control);
    const behind = { control, objects, buckets, clusterId, leadership, clock, random, log, supervisor };
    const backend = startCompute({ ...behind, storageZones: () => zonesIn(maps), sessions: compute }, config);
    computeBackend.resolve(backend);
    open = { control, objects, buckets, ec2: backend.state };
    supervisor.run('control-health', (signal) => controlHealth.watch(control, signal), { onFailure: 'fatal' });
    const placement = { control, maps, reports, sessions, leadership, clock, random, log };
    supervisor.run(
      'placement',
      (signal) =>
        runPlacementController(
          placement,
          { expectedNodes: config.expectedNodes, deadAfterMs: config.deadAfterMs, intervalMs: PLACEMENT_EVERY_MS },
          signal,
        ),
      { onFailure: 'restart' },
    );
    while (maps.current() === undefined) await clock.sleep(5);
    ready.resolve(undefined);
    log.info('control store open');
  }
  return {
    config,
    metrics,
    log,
    clock,
    random,
    supervisor,
    security,
    maps,
    reports,
    sessions,
    compute,
    nodes,
    gateways,
    authority,
    engine,
    /** Undefined until the control store is open. */
    store: () => open,
    controlHealth,
    /** Opens the control store. Not before the nodes' door is open: then no other process serves there, nor writes this gateway's copy. */
    begin: () => supervisor.run('start', start, { onFailure: 'fatal' }),
    /** Whether this gateway runs the controllers. */
    leads: () => leadership?.term() !== undefined,
    /** Moves the control data to etcd; this process is to end then, and to start again there. Throws ControlStoreError when nothing was changed. */
    async moveControl(etcd: EtcdConfig, signal: AbortSignal): Promise<void> {
      const from = engine.freezable;
      if (from === undefined) throw new ControlStoreError('unavailable', 'only control data kept by the gateway itself can be moved');
      await using to = await connect({ clock, random, log, onWaiting: () => undefined }, etcd, signal);
      const moved = await moveControlData({ from, to, clock, random, log }, etcd);
      await writeMovedFile(config.dataDir, moved);
      // Else the next start does it.
      await completeMove(to, moved).catch((error: unknown) => {
        log.warn({ err: error }, 'etcd could not be told yet that it has everything');
      });
    },
    async scrubControl(): Promise<void> {
      const wrong = await opened?.verifyOwnCopy?.();
      // E2: the next start sets it aside and takes the newest copy from the nodes.
      if (wrong !== undefined) fail(new Error(`the gateway's copy of the control data is damaged: ${wrong}`));
    },
    async close(): Promise<void> {
      sessions.close();
      compute.close();
      await supervisor.shutdown();
      await nodes[Symbol.asyncDispose]();
      await opened?.[Symbol.asyncDispose]();
    },
  };
}

function zonesIn(maps: Pick<MapKeeper, 'current'>): string[] {
  return [...new Set([...(maps.current()?.members.values() ?? [])].map((member) => member.zone))];
}
