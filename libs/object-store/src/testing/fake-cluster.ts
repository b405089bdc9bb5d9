import { epoch, incarnation, nodeName, partitionId, proposalId, zone } from '@pilvi/cluster-map';
import type { ClusterMap, ClusterMapSource, Incarnation, Member, PartitionConfig, PartitionId } from '@pilvi/cluster-map';
import { RefusalCode } from '@pilvi/contracts/index/v1/service';
import type { ExecuteRequest, PartitionEpoch } from '@pilvi/contracts/index/v1/service';
import { createMemoryRows, encodeEntry, evaluate, isMutation, listObjects, listUploads, read, recordedAnswer } from '@pilvi/object-index';
import { TransportError } from '@pilvi/transport';
import type { IndexAnswer, IndexAsk, IndexSessions } from '../node-sessions.ts';

/** Nodes that share one state, as if replication were perfect, and answer like storage nodes: what is tested is the client. */
export interface FakeCluster {
  readonly map: ClusterMapSource;
  readonly sessions: IndexSessions;
  /** Every request that reached a node. */
  readonly seen: { readonly node: Incarnation; readonly ask: IndexAsk }[];
  /** Decides what happens to a request: `run` it and lose the answer, or `drop` it, or refuse it, or never answer. */
  fault: (node: Incarnation, ask: IndexAsk) => 'none' | 'drop' | 'unsent' | 'lose-answer' | 'silent' | RefusalCode;
  primaryOf(partition: PartitionId): Incarnation;
  /** The next in-sync replica becomes primary under a new epoch; `isTold` false: the client's map does not show it yet. */
  failOver(partition: PartitionId, isTold?: boolean): void;
  /** Shows the client what happened. */
  tell(): void;
}

export function createFakeCluster({
  nodes = 3,
  partitions = 8,
}: { readonly nodes?: number; readonly partitions?: number } = {}): FakeCluster {
  const members = Array.from({ length: nodes }, (_, n) => member(n + 1));
  const everyone = members.map((m) => m.incarnation);
  const configs = Array.from({ length: partitions }, (_, n) => config(n, 1, everyone, everyone[n % nodes]!));
  const rows = createMemoryRows();
  const listeners = new Set<(map: ClusterMap) => void>();
  const settings = { clusterId: 'c', copies: nodes, minInSync: Math.min(2, nodes), minZones: Math.min(2, nodes), partitions };
  const placement = {
    replicas: members.map((m) => ({ incarnation: m.incarnation, zone: m.zone })),
    minCopies: settings.minInSync,
    minZones: settings.minZones,
  };
  let revision = 1;
  const picture = (): ClusterMap => ({
    revision,
    settings,
    members: new Map(members.map((m) => [m.incarnation, m])),
    partitions: [...configs],
  });
  let shown = picture();

  function run(node: Incarnation, ask: IndexAsk): Promise<IndexAnswer> | IndexAnswer {
    switch (ask.$case) {
      case 'execute':
        return execute(node, ask.value);
      case 'list': {
        const { covered, refused } = split(node, ask.value.partitions);
        return listObjects(covered, ask.value, (range) => rows.cursor(range)).then((page) => ({
          $case: 'list',
          value: { ...page, refused },
        }));
      }
      case 'listUploads': {
        const { covered, refused } = split(node, ask.value.partitions);
        return listUploads(covered, ask.value, (range) => rows.cursor(range)).then((page) => ({
          $case: 'listUploads',
          value: { ...page, refused },
        }));
      }
      case 'locate':
        throw new Error('not asked by this library');
    }
  }

  function execute(node: Incarnation, { partition: number, command, requestId, attempt }: ExecuteRequest): IndexAnswer {
    const partition = partitionId(number);
    if (command === undefined || configs[number]?.primary !== node) return refusal(RefusalCode.NOT_PRIMARY);
    if (!isMutation(command)) return { $case: 'execute', value: { result: read({ view: rows, partition }, command), recorded: true } };
    const nowMs = Date.now();
    const known = recordedAnswer(rows, partition, requestId, nowMs);
    if (known !== undefined) return { $case: 'execute', value: { result: known, recorded: true } };
    const evaluation = evaluate({ view: rows, partition, nowMs, placement }, command);
    const recorded = attempt > 1 || evaluation.changes.length > 0;
    if (recorded) rows.apply(encodeEntry({ partition, requestId, nowMs, evaluation }).changes);
    return { $case: 'execute', value: { result: evaluation.result, recorded } };
  }

  function split(node: Incarnation, asked: readonly PartitionEpoch[]): { covered: PartitionId[]; refused: PartitionEpoch[] } {
    const covers = (pair: PartitionEpoch): boolean =>
      configs[pair.partition]?.primary === node && configs[pair.partition]?.epoch === Number(pair.epoch);
    return { covered: asked.filter(covers).map((pair) => partitionId(pair.partition)), refused: asked.filter((pair) => !covers(pair)) };
  }

  async function call(node: Incarnation, ask: IndexAsk, signal: AbortSignal | undefined): Promise<IndexAnswer> {
    await new Promise((resolve) => setImmediate(resolve));
    const fault = cluster.fault(node, ask);
    if (fault === 'unsent') throw new TransportError('unavailable', 'not there', { details: { sent: false } });
    cluster.seen.push({ node, ask });
    if (fault === 'drop') throw new TransportError('stream-closed', 'it ended', { details: { sent: true } });
    if (fault === 'silent')
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new TransportError('cancelled', 'cancelled'))));
    if (typeof fault === 'number') return refusal(fault);
    const answer = await run(node, ask);
    if (fault === 'lose-answer') throw new TransportError('stream-closed', 'it ended', { details: { sent: true } });
    return answer;
  }

  const cluster: FakeCluster = {
    map: {
      current: () => shown,
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    sessions: {
      to: (address) => ({ call: (ask, options) => call(incarnation(address.slice('unix:/'.length)), ask, options?.signal) }),
    },
    seen: [],
    fault: () => 'none',
    primaryOf: (partition) => configs[partition]!.primary,
    failOver(partition, isTold = true) {
      const old = configs[partition]!;
      const next = everyone[(everyone.indexOf(old.primary) + 1) % everyone.length]!;
      configs[partition] = config(partition, old.epoch + 1, everyone, next);
      revision++;
      if (isTold) cluster.tell();
    },
    tell() {
      shown = picture();
      for (const listener of listeners) listener(shown);
    },
  };
  return cluster;
}

function refusal(code: RefusalCode): IndexAnswer {
  return { $case: 'refusal', value: { code, epoch: 0n, detail: 'as told' } };
}

function member(n: number): Member {
  const id = incarnation(`n${n}`);
  return {
    incarnation: id,
    name: nodeName(`storage-${n}`),
    zone: zone(`z${n}`),
    weight: 1,
    address: `unix:/${id}`,
    state: 'active',
    joinedMs: 0,
    lastSeenMs: 0,
  };
}

function config(partition: number, number: number, everyone: readonly Incarnation[], primary: Incarnation): PartitionConfig {
  return {
    partition: partitionId(partition),
    epoch: epoch(number),
    proposal: proposalId('p'),
    replicas: everyone,
    primary,
    inSync: everyone,
    learners: [],
  };
}
