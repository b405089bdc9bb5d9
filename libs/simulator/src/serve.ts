import { entriesOf, leaseValid, propose, replicaStatus } from '@pilvi/replication';
import type { PartitionId } from '@pilvi/cluster-map';
import { carryOut } from './host.ts';
import { decodeChange, encodeChange } from './key-value.ts';
import type { Change, Command } from './key-value.ts';
import type { HostedPartition, SimNode } from './node.ts';

/** `recorded`: it is in the replicated state; an unrecorded negative counts only for a sole attempt (W3). */
export type Reply = { readonly kind: 'answer'; readonly answer: string | null; readonly recorded: boolean } | { readonly kind: 'refused' };

const REFUSED: Reply = { kind: 'refused' };

/** A request at the node that the gateway believes to be primary. */
export function serve(node: SimNode, partition: PartitionId, command: Command, isRetry: boolean, reply: (reply: Reply) => void): void {
  const { core } = node;
  const status = core === undefined ? undefined : replicaStatus(core, partition);
  if (core === undefined || status?.serving !== true) {
    reply(REFUSED);
    return;
  }
  if (command.type === 'get') read(node, partition, command, reply);
  else write(node, partition, command, isRetry, reply);
}

function read(node: SimNode, partition: PartitionId, command: Command, reply: (reply: Reply) => void): void {
  const { random } = node.world;
  node.later(random.chance(0.9) ? random.between(0.1, 4) : random.between(4, 60), () => {
    const answer = node.hostedPartition(partition).state.rows.get(command.key) ?? null;
    // I4: checked after the read and before the reply.
    reply(hasLease(node, partition) ? { kind: 'answer', answer, recorded: false } : REFUSED);
  });
}

function write(node: SimNode, partition: PartitionId, command: Command, isRetry: boolean, reply: (reply: Reply) => void): void {
  const { core } = node;
  if (core === undefined) return;
  const hosted = node.hostedPartition(partition);
  const known = hosted.state.answers.get(command.id);
  if (known !== undefined) {
    reply({ kind: 'answer', answer: known, recorded: true });
    return;
  }
  const pending = entriesOf(core, partition, hosted.applied + 1, Infinity).map((e) => ({ seq: e.seq, change: decodeChange(e.body) }));
  const same = node.world.keeps('W3') ? pending.find((p) => p.change.id === command.id) : undefined;
  if (same !== undefined) {
    answerWhenCommitted(hosted, same.seq, { kind: 'answer', answer: same.change.answer, recorded: true }, reply);
    return;
  }
  const last = pending.findLast((p) => p.change.key === command.key && p.change.value !== undefined);
  const current = last === undefined ? hosted.state.rows.get(command.key) : last.change.value;
  const negative = command.type === 'put-if-none-match' && current !== undefined && current !== null;
  if (negative && !isRetry) {
    // I4: a negative answer waits until what it depends on has committed, and is lease-checked like a read.
    const conclude = (committed: boolean): void => {
      reply(committed && hasLease(node, partition) ? { kind: 'answer', answer: '412', recorded: false } : REFUSED);
    };
    if (last === undefined || !node.world.keeps('I4-wait')) conclude(true);
    else hosted.waiting.push({ seq: last.seq, done: conclude });
    return;
  }
  const answer = negative ? '412' : 'ok';
  const change: Change = negative
    ? { id: command.id, key: command.key, answer }
    : { id: command.id, key: command.key, value: command.value, answer };
  const { seq, effects } = propose(core, partition, encodeChange(change), node.clockMs);
  if (seq === undefined) reply(REFUSED);
  else answerWhenCommitted(hosted, seq, { kind: 'answer', answer, recorded: true }, reply);
  carryOut(node, core, effects);
}

function answerWhenCommitted(hosted: HostedPartition, seq: number, answer: Reply, reply: (reply: Reply) => void): void {
  hosted.waiting.push({
    seq,
    done: (committed) => {
      reply(committed ? answer : REFUSED);
    },
  });
}

function hasLease(node: SimNode, partition: PartitionId): boolean {
  return node.core !== undefined && leaseValid(node.core, partition, node.clockMs);
}
