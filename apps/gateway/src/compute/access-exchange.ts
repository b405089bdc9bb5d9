import { status } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { AccessInput, AccessOutput } from '@pilvi/contracts/compute/v1/access';
import type { AccessRequested } from '@pilvi/contracts/compute/v1/service';
import type { Clock, Random } from '@pilvi/runtime';

/** A node's end of one way into an instance. */
export type NodeAccess = ServerDuplexStream<AccessOutput, AccessInput>;

const DEADLINE_MS = 5_000;

export interface AccessExchange {
  /** Asks a node to call, and gives its call. Undefined when it does not call in time. */
  ask(send: (request: AccessRequested) => void): Promise<NodeAccess | undefined>;
  /** A node has called. */
  take(call: NodeAccess): void;
}

/** Nodes call gateways, never the other way: who wants to reach a node asks it to call, and knows the call by its token. */
export function createAccessExchange({ clock, random }: { clock: Clock; random: Random }): AccessExchange {
  const waiting = new Map<string, (call: NodeAccess | undefined) => void>();
  return {
    async ask(send) {
      const token = random.hex(16);
      const { promise, resolve } = Promise.withResolvers<NodeAccess | undefined>();
      waiting.set(token, resolve);
      const deadline = clock.after(DEADLINE_MS, () => resolve(undefined));
      send({ token });
      const call = await promise;
      deadline.cancel();
      waiting.delete(token);
      return call;
    },
    take(call) {
      call.on('error', () => undefined);
      call.once('data', ({ body }: AccessOutput) => {
        call.pause();
        const claim = body?.$case === 'token' ? waiting.get(body.value) : undefined;
        if (claim === undefined) call.emit('error', { code: status.NOT_FOUND, details: 'nobody waits for this call' });
        else claim(call);
      });
    },
  };
}
