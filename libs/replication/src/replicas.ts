import { epoch } from '@pilvi/cluster-map';
import type { PartitionConfig } from '@pilvi/cluster-map';
import { ReplicaLog } from './replica-log.ts';
import { keeps } from './state.ts';
import type { Core, Replica } from './state.ts';
import type { LogBase, RestoredReplica } from './types.ts';

export const EMPTY_BASE: LogBase = { epoch: epoch(0), seq: 0, hash: 0 };

/** The replica a configuration speaks of; made, with an empty log to be filled, when it concerns this node for the first time. */
export function replicaFor(core: Core, config: PartitionConfig): Replica | undefined {
  const held = core.replicas.get(config.partition);
  const { self } = core;
  if (held !== undefined || !(config.replicas.includes(self) || config.inSync.includes(self) || config.learners.includes(self)))
    return held;
  const replica = newReplica(core, {
    partition: config.partition,
    config: undefined,
    promised: epoch(0),
    base: EMPTY_BASE,
    entries: [],
    torn: false,
  });
  core.replicas.set(config.partition, replica);
  return replica;
}

export function newReplica(core: Core, r: RestoredReplica): Replica {
  const log = new ReplicaLog(r.base, r.entries);
  return {
    partition: r.partition,
    config: r.config,
    promised: r.promised,
    log,
    commit: r.base.seq,
    // D1: at start the log is fdatasynced before it is reported.
    synced: log.last.seq,
    generation: 0,
    torn: r.torn,
    lost: undefined,
    term: undefined,
    claim: undefined,
    acksGiven: new Map(),
    startGraceMs: core.startedMs,
    claimNotBeforeMs: keeps(core, 'L1-start') ? core.startedMs + core.options.timings.leaseGraceMs : 0,
    feedSeen: { epoch: epoch(0), feed: 0 },
    installing: undefined,
    hurryEpoch: undefined,
    hurryAtMs: 0,
    advice: undefined,
    told: { role: 'none', epoch: -1, serving: false },
  };
}
