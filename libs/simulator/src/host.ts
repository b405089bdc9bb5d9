import { entriesOf, positionAt, replicaStatus } from '@pilvi/replication';
import type { Core, Effect } from '@pilvi/replication';
import type { PartitionId } from '@pilvi/cluster-map';
import { checkPrimaryCommit } from './invariants.ts';
import { applyChange, copyState, decodeChange, emptyState } from './key-value.ts';
import type { SimNode } from './node.ts';

const SNAPSHOT_DEADLINE_MS = 3000;

/** Carries out what the core asks, in order: the shell that a storage node is, on simulated disk and network. */
export function carryOut(node: SimNode, core: Core, effects: readonly Effect[]): void {
  for (const effect of effects) {
    if (!node.up || node.core !== core) return;
    switch (effect.kind) {
      case 'persist':
        node.persisted.push({ token: effect.token, length: node.disk.append(effect.records) });
        syncSoon(node);
        break;
      case 'send':
        if (effect.afterToken > node.durableToken) node.held.push(effect);
        else sendNow(node, effect);
        break;
      case 'commit':
        apply(node, core, effect.partition, effect.through);
        break;
      case 'truncated':
        truncated(node, effect.partition, effect.afterSeq);
        break;
      case 'role':
        node.world.trace(
          () => `${node.name} p${String(effect.partition)} is ${effect.role} e${String(effect.epoch)}${effect.serving ? ' serving' : ''}`,
        );
        if (effect.role !== 'primary') for (const w of node.hostedPartition(effect.partition).waiting.splice(0)) w.done(false);
        break;
      case 'propose-config':
        for (const gateway of node.world.gateways)
          if (node.world.random.chance(0.6) || node.world.calm) gateway.propose(node, node.self, effect.expectedEpoch, effect.config);
        break;
      case 'send-snapshot':
        sendSnapshot(node, core, effect);
        break;
      case 'leave':
        leave(node, effect.reason);
        break;
    }
  }
}

function sendNow(node: SimNode, effect: Extract<Effect, { kind: 'send' }>): void {
  const stream = node.streams.get(effect.stream);
  if (stream !== undefined) node.world.network.send(stream, node, effect.message);
}

/** Group commit: one sync under way, whatever came meanwhile goes with the next (D1). */
function syncSoon(node: SimNode): void {
  if (node.syncing) return;
  node.syncing = true;
  const upTo = node.persisted.at(-1);
  const { disk } = node;
  node.later(node.world.random.between(0.5, 8), () => {
    node.syncing = false;
    if (upTo === undefined) return;
    disk.synced = Math.max(disk.synced, Math.min(upTo.length, disk.records.length));
    node.durableToken = upTo.token;
    node.persisted = node.persisted.filter((p) => p.token > upTo.token);
    const held = node.held;
    node.held = [];
    for (const effect of held) {
      if (effect.afterToken <= node.durableToken) sendNow(node, effect);
      else node.held.push(effect);
    }
    node.step({ kind: 'log-durable', token: upTo.token });
    if (node.persisted.length > 0) syncSoon(node);
  });
}

function apply(node: SimNode, core: Core, partition: PartitionId, through: number): void {
  const hosted = node.hostedPartition(partition);
  const status = replicaStatus(core, partition);
  for (const entry of entriesOf(core, partition, hosted.applied + 1, through)) {
    node.world.checkCommit(node.name, partition, entry.seq, entry.hash);
    if (status?.role === 'primary') checkPrimaryCommit(node, partition, status.epoch, entry);
    applyChange(hosted.state, decodeChange(entry.body), node.world.keeps('W3'));
    hosted.applied = entry.seq;
  }
  for (let i = 0; i < hosted.waiting.length;) {
    const waiter = hosted.waiting[i];
    if (waiter !== undefined && waiter.seq <= hosted.applied) {
      hosted.waiting.splice(i, 1);
      waiter.done(true);
    } else i++;
  }
}

function truncated(node: SimNode, partition: PartitionId, afterSeq: number): void {
  const hosted = node.hostedPartition(partition);
  for (const waiter of hosted.waiting.splice(0)) waiter.done(false);
  // The core empties a replica before a snapshot replaces it.
  if (afterSeq < hosted.applied) {
    hosted.state = emptyState();
    hosted.applied = 0;
  }
}

function sendSnapshot(node: SimNode, core: Core, effect: Extract<Effect, { kind: 'send-snapshot' }>): void {
  const { partition, feed, epoch } = effect;
  const hosted = node.hostedPartition(partition);
  const position = positionAt(core, partition, hosted.applied);
  const to = node.world.nodes.find((n) => n.self === effect.to);
  const ended = (installedSeq: number | undefined): void => {
    node.later(node.world.random.between(0.5, 5), () => {
      node.step({ kind: 'snapshot-ended', partition, to: effect.to, feed, installedSeq });
    });
  };
  // The call's deadline; what ends it first counts.
  node.later(SNAPSHOT_DEADLINE_MS, () => {
    ended(undefined);
  });
  if (position === undefined || !to?.up) {
    ended(undefined);
    return;
  }
  const base = { seq: hosted.applied, epoch: position.epoch, hash: position.hash };
  const state = copyState(hosted.state);
  const offer = { partition, from: node.self, epoch, feed, base };
  const { random, network } = node.world;
  node.world.schedule.after(random.between(1, 60) + (random.chance(0.1) ? random.between(100, 1500) : 0), () => {
    if (!to.up || to.self !== effect.to || (node.world.tcp && network.cuts.has(`${node.name}>${to.name}`))) {
      ended(undefined);
      return;
    }
    to.deliver(() => {
      receiveSnapshot(to, offer, state, ended);
    });
  });
}

function receiveSnapshot(
  node: SimNode,
  offer: Parameters<SimNode['offerSnapshot']>[0],
  state: ReturnType<typeof emptyState>,
  ended: (installedSeq: number | undefined) => void,
): void {
  const { accepted, token } = node.offerSnapshot(offer);
  node.world.trace(
    () =>
      `${node.name} snapshot p${String(offer.partition)} at ${String(offer.base.seq)} feed ${String(offer.feed)} ${accepted ? 'begins' : 'refused'}`,
  );
  if (!accepted) {
    ended(undefined);
    return;
  }
  const { random } = node.world;
  const rowsGone = (then: () => void): void => {
    node.later(5, () => {
      if (node.durableToken < token) rowsGone(then);
      else then();
    });
  };
  rowsGone(() => {
    node.disk.checkpoints.delete(offer.partition);
    node.later(random.between(10, 300), () => {
      if (random.chance(0.1) && !node.world.calm) {
        node.step({ kind: 'snapshot-aborted', partition: offer.partition });
        ended(undefined);
        return;
      }
      const hosted = node.hostedPartition(offer.partition);
      hosted.state = copyState(state);
      hosted.applied = offer.base.seq;
      // M2: on disk before the core may ack it.
      node.disk.checkpoint(offer.partition, { base: offer.base, state });
      node.step({ kind: 'snapshot-installed', partition: offer.partition });
      ended(offer.base.seq);
    });
  });
}

function leave(node: SimNode, reason: string): void {
  node.world.trace(() => `${node.name} LEAVES: ${reason}`);
  node.wipe();
  node.world.schedule.after(50, () => {
    node.start();
  });
}

/** A checkpoint, after which the core may forget entries (D3). */
export function checkpoint(node: SimNode): void {
  const { core } = node;
  if (core === undefined || !node.up || node.paused) return;
  for (const [partition, hosted] of node.hosted) {
    const position = positionAt(core, partition, hosted.applied);
    const old = node.disk.checkpoints.get(partition)?.base.seq ?? 0;
    if (position === undefined || hosted.applied <= old) continue;
    const base = { seq: hosted.applied, epoch: position.epoch, hash: position.hash };
    node.disk.checkpoint(partition, { base, state: hosted.state });
    node.step({ kind: 'checkpointed', partition, seq: base.seq });
  }
}
