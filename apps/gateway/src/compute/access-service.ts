import { status } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Readable, Writable } from 'node:stream';
import { AccessServiceService } from '@pilvi/contracts/compute/v1/access';
import type { AccessInput, AccessOutput, AccessServiceServer } from '@pilvi/contracts/compute/v1/access';
import type { Logger } from '@pilvi/runtime';
import type { NodeAccess } from './access-exchange.ts';
import type { ComputeSessions } from './compute-backend.ts';
import type { Ec2State } from '../ec2/state/ec2-state.ts';

type Call = ServerDuplexStream<AccessInput, AccessOutput>;

interface Components {
  /** Undefined until the control store is open. */
  readonly state: () => Ec2State | undefined;
  readonly sessions: Pick<ComputeSessions, 'access'>;
  readonly log: Logger;
}

interface AccessRpc {
  readonly definition: typeof AccessServiceService;
  readonly implementation: AccessServiceServer;
}

/** AccessService, for the command line: whoever calls is joined with the node of the instance. */
export function createAccessService(components: Components): AccessRpc {
  const implementation: AccessServiceServer = {
    open(call) {
      call.on('error', () => undefined);
      call.once('data', (first: AccessInput) => {
        call.pause();
        reach(components, call, first).catch((error: unknown) => {
          if (!(error instanceof Refusal)) components.log.error({ err: error }, 'a way into an instance could not be opened');
          const [code, details] = error instanceof Refusal ? [error.code, error.message] : [status.INTERNAL, 'it could not be opened'];
          call.emit('error', { code, details });
        });
      });
    },
  };
  return { definition: AccessServiceService, implementation };
}

class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

const STATE_BOUND_MS = 5_000;

async function reach({ state, sessions }: Components, call: Call, first: AccessInput): Promise<void> {
  if (first.body?.$case !== 'begin') throw new Refusal(status.INVALID_ARGUMENT, 'the first message says what is wanted');
  const { instanceId } = first.body.value;
  const opened = state();
  if (opened === undefined) throw new Refusal(status.UNAVAILABLE, 'the gateway is starting');
  const stored = await opened.instances.get(instanceId, AbortSignal.timeout(STATE_BOUND_MS));
  if (stored === undefined) throw new Refusal(status.NOT_FOUND, `there is no instance ${instanceId}`);
  const node = await sessions.access(stored.record.nodeId);
  if (node === undefined) throw new Refusal(status.UNAVAILABLE, `the node of ${instanceId} is out of reach`);
  if (call.cancelled) node.end();
  else join(call, node, first);
}

/** Message by message, each no faster than the other side takes it. Either end takes the other with it. */
function join(call: Call, node: NodeAccess, first: AccessInput): void {
  let last: AccessOutput['body'];
  node.write(first);
  node.on('data', ({ body }: AccessOutput) => (last = body));
  passOn(node, call);
  passOn(call, node);
  const left = (): void => void node.end();
  call.on('end', left);
  call.on('cancelled', left);
  const ended = (): void => {
    if (last?.$case === 'exitCode' || last?.$case === 'refusal') call.end();
    else call.emit('error', { code: status.UNAVAILABLE, details: 'the node has gone away' });
  };
  node.on('end', ended);
  node.on('cancelled', ended);
}

/** `pipe`, with the types that gRPC's streams have. */
function passOn(from: Readable, to: Writable): void {
  from.on('data', (message: unknown) => {
    if (!to.write(message)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.resume();
}
