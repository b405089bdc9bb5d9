import { epoch, incarnation } from '@pilvi/cluster-map';
import type { ClusterMapSource, Incarnation, PartitionId } from '@pilvi/cluster-map';
import type { PlacementAdvice, ProposeConfig } from '@pilvi/contracts/cluster/v1/service';
import { configToProto } from '@pilvi/cluster-map';
import {
  canStillLeave,
  createCore,
  leaseValid,
  propose,
  replicaPartitions,
  replicaStatus,
  startForgetting,
  startSnapshot,
  step,
} from '@pilvi/replication';
import type {
  Core,
  CoreEvent,
  CoreOptions,
  Effect,
  PeerMessage,
  ReplicaStatus,
  RestoredReplica,
  SnapshotOffer,
  StreamId,
} from '@pilvi/replication';
import type { ReplicationLog } from '@pilvi/replication-log';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import { createPartitionWaiters } from '../index/commit-waiters.ts';
import { TermEnded } from '../index/partition-host.ts';
import type { PartitionHost } from '../index/partition-host.ts';
import { createServedTerms } from '../index/served-terms.ts';
import { createHeldMessages } from './held-messages.ts';
import { createLogWriter } from './log-writer.ts';
import type { LogWriter } from './log-writer.ts';
import type { PartitionState } from './partition-state.ts';
import { placementOf } from './placement.ts';

const TICK_MS = 20;

/** What the host needs of the outside to carry out the core's effects. */
export interface ReplicationComponents {
  readonly log: ReplicationLog;
  readonly state: PartitionState;
  readonly maps: ClusterMapSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly supervisor: Supervisor;
  readonly send: (stream: StreamId, message: PeerMessage) => void;
  readonly proposeConfig: (proposal: ProposeConfig) => void;
  readonly sendSnapshot: (request: Extract<Effect, { kind: 'send-snapshot' }>) => void;
  readonly onRoleChange: (partition: PartitionId, role: ReplicaStatus['role']) => void;
  /** D2: the disk lost what it had promised to hold. */
  readonly onLeave: (reason: string) => void;
  readonly onFatal: (error: unknown) => void;
}

/** Drives the replication core: events in, effects carried out in order. The only place where protocol and world meet. */
export interface ReplicationHost extends PartitionHost {
  dispatch(event: CoreEvent): void;
  advise(advice: PlacementAdvice): void;
  /** Learner: may this snapshot begin? Resolves, when its promise is durable, with whether it may. */
  beginSnapshot(offer: SnapshotOffer): Promise<boolean>;
  /** Lets go of a partition that is no longer this node's: as for `beginSnapshot`, `snapshot-aborted` ends it when the rows are gone. */
  beginForget(partition: PartitionId): Promise<boolean>;
  status(partition: PartitionId): ReplicaStatus | undefined;
  partitions(): PartitionId[];
  /**
   * Hands over and leaves in-sync sets (L4); resolves when done, when nothing more can be left to others, when no gateway is reached, which alone could make
   * the change, or when `boundMs` is over. From then on nothing commits here, and those who wait for it are told that the term ended.
   */
  stop(boundMs: number, reachesGateway: () => boolean): Promise<void>;
  readonly core: Core;
}

export function createReplicationHost(
  options: CoreOptions,
  restored: readonly RestoredReplica[],
  components: ReplicationComponents,
): ReplicationHost {
  const { clock, state, maps, supervisor, logger } = components;
  const core = createCore(options, restored, clock.monotonicMs());
  const waiters = createPartitionWaiters((partition) => replicaStatus(core, partition)?.commit ?? 0);
  const terms = createServedTerms(clock, (partition) => replicaStatus(core, partition));
  const held = createHeldMessages(components.send);
  const durableWaiters: { token: number; resolve: () => void }[] = [];
  const writer: LogWriter = createLogWriter(
    components.log,
    (token) => {
      held.release(token);
      dispatch({ kind: 'log-durable', token });
      while (durableWaiters[0] !== undefined && durableWaiters[0].token <= token) durableWaiters.shift()?.resolve();
    },
    components.onFatal,
  );

  const dispatch = (event: CoreEvent): void => perform(step(core, event, clock.monotonicMs()));

  function perform(effects: readonly Effect[]): void {
    for (const effect of effects) performOne(effect);
  }

  function performOne(effect: Effect): void {
    switch (effect.kind) {
      case 'persist':
        state.noteAppended(effect.records, writer.append(effect.token, effect.records));
        return;
      case 'send':
        if (effect.afterToken === 0) components.send(effect.stream, effect.message);
        else held.hold(effect.stream, effect.message, effect.afterToken);
        return;
      case 'commit':
        state.commit(core, effect.partition, effect.through);
        waiters.of(effect.partition).moved();
        return;
      case 'truncated':
        state.discardAbove(effect.partition, effect.afterSeq);
        return;
      case 'role':
        if (!effect.serving) {
          waiters.of(effect.partition).fail();
          state.discardAbove(effect.partition, Infinity);
        }
        terms.changed(effect.partition);
        components.onRoleChange(effect.partition, effect.role);
        return;
      case 'propose-config':
        components.proposeConfig({
          expectedEpoch: BigInt(effect.expectedEpoch),
          proposer: core.self,
          config: configToProto(effect.config),
        });
        return;
      case 'send-snapshot':
        components.sendSnapshot(effect);
        return;
      case 'leave':
        logger.error({ partition: effect.partition, reason: effect.reason }, 'leaving as this incarnation');
        components.onLeave(effect.reason);
        return;
    }
  }

  /** Resolves when what the core promised is on disk, with whether it did. */
  function durably({ accepted, token, effects }: ReturnType<typeof startSnapshot>): Promise<boolean> {
    perform(effects);
    if (!accepted) return Promise.resolve(false);
    return new Promise((resolve) => {
      durableWaiters.push({
        token,
        resolve: () => {
          resolve(true);
        },
      });
    });
  }

  maps.subscribe((map) => {
    dispatch({ kind: 'map', settings: map.settings, members: map.members, partitions: map.partitions });
  });
  supervisor.run(
    'replication-ticks',
    async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(TICK_MS, signal);
        dispatch({ kind: 'tick' });
      }
    },
    { onFailure: 'fatal' },
  );

  return {
    core,
    dispatch,
    serving: terms.serving,
    servingSoon: terms.servingSoon,
    knownEpoch: (partition) => replicaStatus(core, partition)?.epoch ?? maps.current()?.partitions[partition]?.epoch ?? epoch(0),
    leaseValid: (partition) => leaseValid(core, partition, clock.monotonicMs()),
    propose(partition, body) {
      const { seq, effects } = propose(core, partition, body, clock.monotonicMs());
      perform(effects);
      return seq;
    },
    lastSeq: (partition) => replicaStatus(core, partition)?.lastSeq ?? 0,
    committed: (partition, seq) => waiters.of(partition).wait(seq),
    settled(partition) {
      const status = replicaStatus(core, partition);
      return status?.serving === true ? waiters.of(partition).wait(status.lastSeq) : Promise.reject(new TermEnded());
    },
    placement: (partition) => placementOf(maps, partition),
    servedPartitions: () => replicaPartitions(core).filter((p) => terms.serving(p) !== undefined),
    advise(advice) {
      for (const w of advice.wanted) {
        const primary: Incarnation | undefined = w.primary === '' ? undefined : incarnation(w.primary);
        dispatch({ kind: 'advice', partition: w.partition as PartitionId, replicas: w.replicas.map(incarnation), primary });
      }
    },
    beginSnapshot: (offer) => durably(startSnapshot(core, offer, clock.monotonicMs())),
    beginForget: (partition) => durably(startForgetting(core, partition, clock.monotonicMs())),
    status: (partition) => replicaStatus(core, partition),
    partitions: () => replicaPartitions(core),
    async stop(boundMs, reachesGateway) {
      dispatch({ kind: 'stop' });
      const untilMs = clock.monotonicMs() + boundMs;
      while (canStillLeave(core) && reachesGateway() && clock.monotonicMs() < untilMs) await clock.sleep(TICK_MS);
      waiters.end();
    },
  };
}
