import { bucketId, partitionOf } from '@pilvi/cluster-map';
import type { SimGateway } from './gateway.ts';
import type { Command } from './key-value.ts';
import type { Operation } from './linearizability.ts';
import { serve } from './serve.ts';
import type { Reply } from './serve.ts';
import type { World } from './world.ts';

const BUCKET = bucketId('sim');
const OPERATION_LIMIT_MS = 7000;

/** One client that does one operation after another through random gateways, until `endMs`. */
export function startClient(world: World, keys: readonly string[], endMs: number): void {
  const { random, schedule } = world;
  const next = (): void => {
    if (schedule.nowMs > endMs) return;
    const key = random.pick(keys);
    const gateway = random.pick(world.gateways);
    if (key === undefined || gateway === undefined) return;
    operate(world, gateway, chooseType(world), key, OPERATION_LIMIT_MS, () => {
      schedule.after(random.chance(0.5) ? random.between(0, 30) : random.between(0, 300), next);
    });
  };
  schedule.after(random.between(0, 500), next);
}

function chooseType(world: World): Command['type'] {
  const x = world.random.next();
  return x < 0.45 ? 'get' : x < 0.65 ? 'put' : x < 0.85 ? 'put-if-none-match' : 'delete';
}

/** Sends an operation, again and again with the same request id (W3), until it is answered or the limit is over. */
export function operate(
  world: World,
  gateway: SimGateway,
  type: Command['type'],
  key: string,
  limitMs: number,
  done: (op: Operation) => void,
): void {
  const { schedule, random } = world;
  const id = world.history.length + 1;
  const value = type === 'put' || type === 'put-if-none-match' ? `v${String(id)}` : null;
  const op: Operation = { id, type, key, value, invokedMs: schedule.nowMs, returnedMs: Infinity, answer: undefined };
  world.history.push(op);
  const partition = partitionOf(BUCKET, key, world.settings.partitions);
  const endMs = schedule.nowMs + limitMs;
  let attempts = 0;
  let over = false;

  function finish(answer: string | null | undefined): void {
    if (over) return;
    over = true;
    op.answer = answer;
    if (answer !== undefined) op.returnedMs = schedule.nowMs;
    world.trace(() => `op ${String(id)} ${type} ${key} ${String(value)} -> ${String(answer)} since ${op.invokedMs.toFixed(1)}`);
    done(op);
  }

  function attempt(): void {
    if (over) return;
    if (schedule.nowMs > endMs) {
      finish(undefined);
      return;
    }
    const node = gateway.nodeOf(gateway.picture.configs[partition]?.primary);
    const isRetry = ++attempts > 1;
    let again = false;
    const retry = (delayMs: number): void => {
      if (again) return;
      again = true;
      schedule.after(delayMs, attempt);
    };
    const onReply = (reply: Reply): void => {
      if (reply.kind === 'refused') retry(random.between(20, 120));
      // W3: an unrecorded negative is ignored once a second attempt was sent.
      else if (type === 'get' || reply.recorded || attempts === 1) finish(reply.answer);
    };
    if (node !== undefined) {
      gateway.toNode(node, () => {
        serve(node, partition, { id, type, key, value }, isRetry, (reply) => {
          gateway.fromNode(node, () => {
            onReply(reply);
          });
        });
      });
    }
    schedule.after(random.between(250, 600), () => {
      retry(0);
    });
  }
  attempt();
}
