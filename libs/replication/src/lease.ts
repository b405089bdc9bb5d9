import type { Epoch, Incarnation, PartitionConfig, PartitionId } from '@pilvi/cluster-map';
import { applyThrough } from './commit.ts';
import { learnConfig, members, minimumMet } from './configuration.ts';
import { send } from './persist.ts';
import { replicaFor } from './replicas.ts';
import { keeps, peerOf } from './state.ts';
import type { Core, Replica, Stream, Term } from './state.ts';
import type { LedPartition, MonotonicMs, PeerMessage } from './types.ts';

type Beacon = Extract<PeerMessage, { kind: 'beacon' }>;
type BeaconAck = Extract<PeerMessage, { kind: 'beacon-ack' }>;

/** I4: every in-sync replica's lease is valid now. Checked after a read and before its reply. */
export function leaseValid(core: Core, partition: PartitionId, nowMs: MonotonicMs): boolean {
  const replica = core.replicas.get(partition);
  const term = replica?.term;
  if (replica === undefined || term?.phase !== 'serve' || term.releasedMs !== undefined) return false;
  if (!keeps(core, 'I4')) return true;
  const set = members(core, replica);
  if (!minimumMet(core, set)) return false;
  for (const node of set) {
    if (node === core.self) continue;
    const lease = term.followers.get(node)?.lease;
    if (lease === undefined || lease.untilMs < nowMs || !core.streams.has(lease.stream)) return false;
  }
  return true;
}

/** When the grace of every ack given is over (L1, L2): only then may another lead without proof of the old one's end. */
export function graceOverMs(core: Core, replica: Replica): MonotonicMs {
  let latest = keeps(core, 'L1-start') ? replica.startGraceMs : -Infinity;
  for (const ms of replica.acksGiven.values()) latest = Math.max(latest, ms);
  return latest + core.options.timings.leaseGraceMs;
}

/** C5: this node is cut from the gateways while a peer is not; others should take over. */
export function isMuted(core: Core): boolean {
  const { timings } = core.options;
  return core.nowMs - core.lastGatewayMs > timings.gatewayPatienceMs && core.nowMs - core.peerReachesGatewayMs < timings.leaseValidityMs;
}

/** Sends the beacons that are due: all partitions every 200 ms, those in a hurry at once. */
export function sendBeacons(core: Core): void {
  const due = core.nowMs >= core.nextBeaconMs;
  if (!due && core.beaconSoon.size === 0) return;
  const muted = isMuted(core);
  const led: Replica[] = [];
  if (!muted) {
    if (due) for (const replica of core.replicas.values()) led.push(replica);
    else {
      for (const partition of core.beaconSoon) {
        const replica = core.replicas.get(partition);
        if (replica !== undefined) led.push(replica);
      }
    }
  }
  core.beaconSoon.clear();
  if (due) core.nextBeaconMs = core.nowMs + core.options.timings.beaconEveryMs;
  for (const peer of core.peers.values()) {
    if (peer.dialed === undefined) continue;
    const leads: LedPartition[] = [];
    const configs: PartitionConfig[] = [];
    for (const replica of led) {
      const { term, config } = replica;
      if (term === undefined || config === undefined || term.releasedMs !== undefined || !concerns(config, peer.incarnation)) continue;
      leads.push({
        partition: replica.partition,
        epoch: term.epoch,
        commit: replica.commit,
        commitHash: replica.log.at(replica.commit)?.hash ?? 0,
      });
      if (peer.toldEpochs.get(replica.partition) !== config.epoch) {
        peer.toldEpochs.set(replica.partition, config.epoch);
        configs.push(config);
      }
    }
    if (!due && leads.length === 0) continue;
    const reachesGateway = core.nowMs - core.lastGatewayMs < core.options.timings.leaseValidityMs + core.options.timings.beaconEveryMs;
    send(core, peer.dialed, { kind: 'beacon', sentMs: core.nowMs, reachesGateway, stopping: core.stopping, leads, configs });
  }
}

function concerns(config: PartitionConfig, node: Incarnation): boolean {
  return config.inSync.includes(node) || config.learners.includes(node) || config.replicas.includes(node);
}

/** A peer says what it leads: acks where this node's own view agrees and it is not claiming itself (L1). */
export function onBeacon(core: Core, stream: Stream, beacon: Beacon): void {
  if (beacon.reachesGateway) core.peerReachesGatewayMs = core.nowMs;
  peerOf(core, stream.peer).stopping = beacon.stopping;
  for (const config of beacon.configs) {
    const replica = replicaFor(core, config);
    if (replica !== undefined) learnConfig(core, replica, config);
  }
  const agreed: { partition: PartitionId; epoch: Epoch }[] = [];
  for (const lead of beacon.leads) {
    const replica = core.replicas.get(lead.partition);
    const config = replica?.config;
    if (replica === undefined || config === undefined) continue;
    if (config.epoch > lead.epoch) {
      send(core, stream.id, { kind: 'newer', config });
      continue;
    }
    if (config.epoch !== lead.epoch || config.primary !== stream.peer || replica.term !== undefined || replica.claim !== undefined)
      continue;
    replica.acksGiven.set(stream.id, core.nowMs);
    agreed.push({ partition: lead.partition, epoch: lead.epoch });
    if (lead.commit > replica.commit && replica.log.at(lead.commit)?.hash === lead.commitHash) applyThrough(core, replica, lead.commit);
  }
  send(core, stream.id, { kind: 'beacon-ack', sentMs: beacon.sentMs, agreed });
}

/** Leases arrive; each counts from the send of its beacon, while this node holds the stream open (L1, L3). */
export function onBeaconAck(core: Core, stream: Stream, ack: BeaconAck, onLease: (replica: Replica, term: Term) => void): void {
  const untilMs = ack.sentMs + core.options.timings.leaseValidityMs;
  for (const { partition, epoch } of ack.agreed) {
    const replica = core.replicas.get(partition);
    const term = replica?.term;
    const follower = term?.followers.get(stream.peer);
    if (replica === undefined || term === undefined || follower === undefined) continue;
    follower.lastHeardMs = core.nowMs;
    if (term.epoch !== epoch || term.releasedMs !== undefined) continue;
    if (follower.lease === undefined || follower.lease.untilMs < untilMs || follower.lease.stream !== stream.id)
      follower.lease = { stream: stream.id, untilMs };
    onLease(replica, term);
  }
}
