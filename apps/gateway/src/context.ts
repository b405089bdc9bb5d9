import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Incarnation } from '@pilvi/cluster-map';
import { createGrpcMirror, openEmbeddedControlStore } from '@pilvi/control-store';
import type { ControlMirror, EmbeddedControlStore } from '@pilvi/control-store';
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
import { dial, loadCredentials, parseAddress } from '@pilvi/transport';
import type { Security } from '@pilvi/transport';
import { createClusterSessions } from './cluster/cluster-service.ts';
import { callersOf, nameMirrors, runMirrorController } from './cluster/control-mirrors.ts';
import { createCluster } from './cluster/create-cluster.ts';
import { createFirstContacts } from './cluster/first-contact.ts';
import { createMapKeeper } from './cluster/map-keeper.ts';
import { createNodeReports } from './cluster/node-reports.ts';
import { runPlacementController } from './cluster/placement-controller.ts';
import { raiseCopies } from './cluster/raise-copies.ts';
import type { GatewayConfig } from './config.ts';

const PLACEMENT_EVERY_MS = 2_000;
/** How long a start waits for the nodes that may hold a newer copy of the control store (E2). */
const CONTACT_BOUND_MS = 1_500;
/** A cluster whose own copy is gone, or that is new, cannot begin without its nodes. */
const FIRST_START_BOUND_MS = 60_000;

export type GatewayContext = Awaited<ReturnType<typeof createContext>>;

/** What S3 stands on, once the control store is open. */
export interface OpenStore {
  readonly control: EmbeddedControlStore;
  readonly objects: ObjectStore;
  readonly buckets: RunningBucketDirectory;
}

/** The composition root: everything of a gateway is wired here, by hand. */
export async function createContext(config: GatewayConfig, { log, fail }: { log: Logger; fail: (error: unknown) => void }) {
  const clock = systemClock;
  const random = systemRandom;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const supervisor = createSupervisor({ log, clock, random, onFatal: fail });
  const tls = config.tlsDir === undefined ? undefined : await loadCredentials(config.tlsDir);
  const security = (address: string): Security => (parseAddress(address).kind === 'unix' || tls === undefined ? { kind: 'unix' } : tls);
  const maps = createMapKeeper();
  const reports = createNodeReports(clock, maps);
  const contacts = createFirstContacts(clock);
  const ready = Promise.withResolvers<undefined>();
  let opened: AsyncDisposable | undefined;
  let open: OpenStore | undefined;
  const mirrors = new Map<string, ControlMirror>();
  const mirrorAt = (id: Incarnation, address: string): ControlMirror => {
    const name = `${id} ${address}`;
    let mirror = mirrors.get(name);
    if (mirror === undefined)
      mirrors.set(name, (mirror = createGrpcMirror({ id, channel: dial({ address, security: security(address) }) })));
    return mirror;
  };

  let mirrorsWanted = (): void => undefined;
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
    gateways: config.gateways,
    onContact: (contact) => {
      contacts.note(contact);
      mirrorsWanted();
    },
    ready: ready.promise,
  });
  const nodes = createNodeSessions({ map: maps, security: tls ?? { kind: 'unix' }, clock, random });

  /** Opens the control store with the newest copy there is (E2), creates the cluster if it is new, and starts what stands on it. */
  async function start(signal: AbortSignal): Promise<void> {
    const directory = join(config.dataDir, 'control');
    const gathered = await contacts.gather(config.expectedNodes, CONTACT_BOUND_MS);
    const known = gathered.some((c) => c.clusterId !== '');
    if (!known) await contacts.gather(config.expectedNodes, FIRST_START_BOUND_MS);
    const candidates = contacts.all.map((c) => mirrorAt(c.incarnation, c.address));
    const clusterId = gathered.find((c) => c.clusterId !== '')?.clusterId;
    const control = await openEmbeddedControlStore({
      directory,
      clock,
      random,
      log,
      candidates,
      expectedCandidates: config.expectedNodes,
      ...(clusterId === undefined ? {} : { clusterId }),
      onFatal: fail,
    });
    opened = control;
    const mirroring = { control, maps, contacts, mirrorAt };
    mirrorsWanted = () => {
      nameMirrors(mirroring);
    };
    maps.subscribe(mirrorsWanted);
    mirrorsWanted();
    await control.serving(signal);
    // A new cluster: whatever is written first is on its nodes too (E1).
    if (control.requiredMirrors.length === 0)
      await control.requireMirrors(callersOf(contacts, control.clusterId).map((c) => c.incarnation));
    await createCluster(
      { control, clusterId: control.clusterId, log },
      { copies: config.copies, partitions: config.partitions, contacts: contacts.all },
    );
    await raiseCopies({ control, log }, config.copies);
    supervisor.run('map-keeper', (signal) => maps.follow(control, signal), { onFailure: 'restart' });
    const index = createRoutedIndexClient({ map: maps, sessions: nodes.index, clock, random });
    const chunks = createRoutedChunkClient({ map: maps, sessions: nodes.chunks, clock, random });
    const objects = createObjectStore({ index, chunks, clock, random, background: supervisor });
    const buckets = createBucketDirectory({ control, index, clock, random });
    supervisor.run('buckets', (signal) => buckets.run(signal), { onFailure: 'restart' });
    open = { control, objects, buckets };
    supervisor.run('mirrors', (signal) => runMirrorController({ control, maps, reports, clock, log }, signal), { onFailure: 'restart' });
    supervisor.run(
      'placement',
      (signal) =>
        runPlacementController(
          { control, maps, reports, sessions, clock, random, log },
          { expectedNodes: config.expectedNodes, deadAfterMs: config.deadAfterMs, intervalMs: PLACEMENT_EVERY_MS },
          signal,
        ),
      { onFailure: 'restart' },
    );
    while (maps.current() === undefined) await clock.sleep(5);
    ready.resolve(undefined);
    log.info('control store open');
  }
  supervisor.run('start', start, { onFailure: 'fatal' });

  return {
    config,
    log,
    clock,
    random,
    supervisor,
    security,
    maps,
    reports,
    sessions,
    nodes,
    /** Undefined until the control store is open. */
    store: () => open,
    async scrubControl(): Promise<void> {
      const wrong = await open?.control.verify();
      // E2: the next start sets it aside and takes the newest copy from the nodes.
      if (wrong !== undefined) fail(new Error(`the gateway's copy of the control data is damaged: ${wrong}`));
    },
    async close(): Promise<void> {
      sessions.close();
      await supervisor.shutdown();
      await nodes[Symbol.asyncDispose]();
      await opened?.[Symbol.asyncDispose]();
    },
  };
}
