import { epoch, incarnation, nodeName, partitionId, proposalId, zone } from '@pilvi/cluster-map';
import type { Incarnation, Member, PartitionConfig } from '@pilvi/cluster-map';
import { createCore, step } from '../core.ts';
import { EMPTY_BASE } from '../replicas.ts';
import type { Core } from '../state.ts';
import { DEFAULT_TIMINGS } from '../types.ts';
import type { CoreEvent, Effect } from '../types.ts';

const settings = { clusterId: 'c', copies: 3, minInSync: 2, minZones: 2, partitions: 32 };
export const [self, a, b] = ['self', 'a', 'b'].map(incarnation) as [Incarnation, Incarnation, Incarnation];
const members = new Map(
  [self, a, b].map((id): [typeof id, Member] => [
    id,
    { incarnation: id, name: nodeName(id), zone: zone(`zone-${id}`), weight: 1, address: id, state: 'active', joinedMs: 0, lastSeenMs: 0 },
  ]),
);
/** The streams of the core: one dialed to each peer, one accepted from each. */
export const [TO_A, TO_B, FROM_A, FROM_B] = [1, 2, 3, 4] as const;

export function configOf(
  partition: number,
  at: number,
  primary: Incarnation,
  inSync: readonly Incarnation[] = [self, a, b],
): PartitionConfig {
  const proposal = proposalId(`p${String(partition)}-${String(at)}`);
  return { partition: partitionId(partition), epoch: epoch(at), proposal, replicas: [self, a, b], primary, inSync, learners: [] };
}

/** A node with empty logs, started long ago, at time 0: connected to its two peers over Unix sockets. */
export function connectedCore(partitions: number): Core {
  let proposals = 0;
  const restored = Array.from({ length: partitions }, (_, i) => ({
    partition: partitionId(i),
    config: undefined,
    promised: epoch(0),
    base: EMPTY_BASE,
    entries: [],
    torn: false,
  }));
  const core = createCore(
    { self, timings: DEFAULT_TIMINGS, nextProposalId: () => proposalId(`mine-${String(proposals++)}`) },
    restored,
    -10_000,
  );
  const open = (stream: number, peer: Incarnation, direction: 'dialed' | 'accepted') =>
    step(core, { kind: 'stream-opened', stream, peer, direction, transport: 'unix' }, 0);
  open(TO_A, a, 'dialed');
  open(TO_B, b, 'dialed');
  open(FROM_A, a, 'accepted');
  open(FROM_B, b, 'accepted');
  return core;
}

export function mapOf(...partitions: PartitionConfig[]): CoreEvent {
  return { kind: 'map', settings, members, partitions };
}

/** What a step asks the gateways for. */
export function proposedIn(effects: readonly Effect[]): PartitionConfig[] {
  return effects.flatMap((e) => (e.kind === 'propose-config' ? [e.config] : []));
}

/** Leads and serves all its partitions from time 3 on, everybody in sync. */
export function servingCore(partitions: number): Core {
  const core = connectedCore(partitions);
  const claims = proposedIn(step(core, mapOf(...Array.from({ length: partitions }, (_, i) => configOf(i, 1, self))), 1));
  step(core, mapOf(...claims), 2);
  for (const { partition, epoch: claimed } of claims)
    for (const stream of [TO_A, TO_B]) {
      const tail = { base: EMPTY_BASE, lastEpoch: epoch(0), lastSeq: 0, commit: 0, entries: [] };
      step(core, { kind: 'received', stream, message: { kind: 'collected', partition, epoch: claimed, ...tail } }, 3);
    }
  return core;
}
