import { proposalId } from '@pilvi/cluster-map';
import { openMirrorStorage } from '@pilvi/control-store';
import { createNodeSessions } from '@pilvi/object-store';
import { DEFAULT_TIMINGS, isLastCopy } from '@pilvi/replication';
import { createSupervisor, systemClock, systemRandom } from '@pilvi/runtime';
import type { Logger } from '@pilvi/runtime';
import { loadCredentials, parseAddress } from '@pilvi/transport';
import type { Security } from '@pilvi/transport';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startChores } from './chores.ts';
import { createGatewayLinks } from './cluster/gateway-link.ts';
import { createMapCache } from './cluster/map-cache.ts';
import { ownMember } from './cluster/own-member.ts';
import type { StorageNodeConfig } from './config.ts';
import { keepDiskMarks } from './disk-marks.ts';
import { makeHeartbeat } from './heartbeat.ts';
import type { IndexComponents } from './index/execute.ts';
import { watchIndexSize } from './index-size.ts';
import { createPartitionGates } from './index/partition-gates.ts';
import { createLeaving } from './leaving.ts';
import { openNodeDisk } from './node-disk.ts';
import { createNodeMetrics } from './metrics/node-metrics.ts';
import { addNodeReadings } from './metrics/node-readings.ts';
import { createCheckpointer } from './replication/checkpointer.ts';
import { createPartitionState } from './replication/partition-state.ts';
import { createPeerLinks } from './replication/peer-links.ts';
import { createReplicationHost } from './replication/replication-host.ts';
import type { ReplicationHost } from './replication/replication-host.ts';
import { createSnapshotSender } from './replication/snapshot-sender.ts';
import { createSpaceGuard } from './space-guard.ts';
import { watchFiles } from './watch-files.ts';

export type StorageNodeContext = Awaited<ReturnType<typeof createContext>>;

/** The composition root: everything of a storage node is wired here, by hand. */
export async function createContext(config: StorageNodeConfig, { log, fail }: { log: Logger; fail: (error: unknown) => void }) {
  const clock = systemClock;
  const random = systemRandom;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const supervisor = createSupervisor({ log, clock, random, onFatal: fail });
  // Housekeeping ends before the node hands over: it can be broken off, and goes on elsewhere.
  const chores = createSupervisor({ log, clock, random, onFatal: fail });
  const tls = config.tlsDir === undefined ? undefined : await loadCredentials(config.tlsDir);
  const security = (address: string): Security => (parseAddress(address).kind === 'unix' || tls === undefined ? { kind: 'unix' } : tls);
  const space = await createSpaceGuard({ directory: config.dataDir, clock, supervisor, log });
  const metrics = createNodeMetrics(config.name);
  const disk = await openNodeDisk({ ...config, random, clock, log, onFatal: fail, onBatch: metrics.logWritten });
  const { rows, chunks } = disk;
  const mirror = await openMirrorStorage({ directory: join(config.dataDir, 'control') });
  if (mirror.condition.kind === 'damaged')
    log.warn({ detail: mirror.condition.detail }, 'the copy of the control data was damaged and set aside: the gateway fills it again');
  const maps = createMapCache();
  const { leave, onDamage } = createLeaving({ disk, supervisor, log, fail, isLastCopy: () => isLastCopy(host.core) });

  const state = createPartitionState(rows);
  for (const { record, lsn } of disk.replayed) state.noteAppended([record], lsn);
  const sendSnapshot = createSnapshotSender({
    rows,
    maps,
    security,
    self: () => disk.identity.incarnation,
    log,
    dispatch: (event) => {
      host.dispatch(event);
    },
    onDamage,
  });
  const links = createPeerLinks({
    self: () => disk.identity.incarnation,
    clusterId: () => disk.identity.clusterId,
    maps,
    security,
    supervisor,
    clock,
    log,
    dispatch: (event) => {
      host.dispatch(event);
    },
  });
  const host: ReplicationHost = createReplicationHost(
    { self: disk.identity.incarnation, timings: DEFAULT_TIMINGS, nextProposalId: () => proposalId(random.hex(8)) },
    disk.restored,
    {
      log: disk.log,
      state,
      maps,
      clock,
      logger: log,
      supervisor,
      send: (stream, message) => {
        links.send(stream, message);
      },
      proposeConfig: (proposal) => {
        gateways.propose(proposal);
      },
      sendSnapshot: (request) => {
        supervisor.run('snapshot', (signal) => sendSnapshot(host.core, request, signal));
      },
      onRoleChange: (partition, role) => {
        metrics.role(partition, role);
        gateways.nudge();
      },
      onLeave: leave,
      onFatal: fail,
    },
  );
  const checkpointer = createCheckpointer({
    host,
    rows,
    log: disk.log,
    state,
    clock,
    supervisor,
    logger: log,
    everyMs: config.timings.checkpointEveryMs,
    logBytes: config.timings.checkpointLogBytes,
  });
  const index: IndexComponents = {
    ...{ host, rows, clock, space, onDamage, onCommitted: metrics.committed },
    gates: createPartitionGates(),
    underWay: new Map(),
  };
  const sessions = createNodeSessions({ map: maps, security: tls ?? { kind: 'unix' }, clock, random });
  const { housekeeping, digests, chunkComponents, census } = startChores({
    ...{ disk, mirror, host, index, sessions, maps, space, security, onDamage, clock, random, log, fail },
    timings: config.timings,
    supervisor: chores,
    counts: metrics.chores,
  });
  const indexBytes = watchIndexSize({ rows, clock, supervisor });
  let stopping = false;
  const gateways = createGatewayLinks({
    config,
    security,
    self: () => ownMember(config, disk.identity.incarnation),
    clusterId: () => disk.identity.clusterId,
    maps,
    clock,
    log,
    supervisor,
    heartbeat: () =>
      makeHeartbeat({
        host,
        rows,
        chunks,
        space,
        indexBytes: indexBytes(),
        housekeeping,
        digestDiffers: digests.differs,
        stopping,
        asideDirectory: disk.asideDirectory,
        unsettled: census.unsettled(),
      }),
    onContact: () => {
      host.dispatch({ kind: 'gateway-contact' });
    },
    onAdvice: (advice) => {
      host.advise(advice);
    },
    onScrub: () => {
      housekeeping.scrub.now();
    },
    onJoined: (settings) => disk.joined(settings.clusterId),
  });
  addNodeReadings(metrics.process, {
    ...{ host, maps, log: disk.log, chunks, space, indexBytes, housekeeping, digestDiffers: digests.differs },
    gatewaysReached: gateways.connected,
  });
  maps.subscribe((map) => {
    supervisor.run('note-seen', () => mirror.noteSeen(map.revision), { onFailure: 'fatal' });
  });
  watchFiles({ disk, mirror, log, onDamage, fail, clock, supervisor: chores });
  keepDiskMarks({ disk, host, maps, clock, supervisor });

  return {
    config,
    log,
    fail,
    metrics,
    supervisor,
    security,
    host,
    links,
    digests,
    ...{ rows, mirror, index },
    health: { maps, self: disk.identity.incarnation },
    recovery: { host, rows, maps, mirror, disk, gateways, name: config.name },
    chunkComponents,
    checkpointer,
    /** Hands over, leaves in-sync sets, closes streams, then the disk. */
    async stop(boundMs: number): Promise<void> {
      stopping = true;
      gateways.nudge();
      const resting = chores.shutdown();
      await host.stop(boundMs, () => gateways.connected());
      links.close();
      await resting;
    },
    async close(): Promise<void> {
      await checkpointer.run();
      await supervisor.shutdown();
      await sessions[Symbol.asyncDispose]();
      await mirror[Symbol.asyncDispose]();
      await disk[Symbol.asyncDispose]();
    },
  };
}
