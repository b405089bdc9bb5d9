import type { ClientDuplexStream } from '@grpc/grpc-js';
import { accessSocketBeside } from '@pilvi/admin-api';
import { AccessServiceClient } from '@pilvi/contracts/compute/v1/access';
import type { AccessBegin, AccessInput, AccessOutput } from '@pilvi/contracts/compute/v1/access';
import { createByteWindow, dial, TransportError, waitForReady } from '@pilvi/transport';
import type { Readable, Writable } from 'node:stream';
import { adminSockets, clusterPaths } from '../cluster-paths.ts';
import { CommandError } from '../command-error.ts';
import type { Config } from '../config.ts';
import { NOTHING_RUNS } from '../socket-client.ts';

type Call = ClientDuplexStream<AccessInput, AccessOutput>;

/** Opens ways into instances, through a gateway of this machine. */
export interface Access extends AsyncDisposable {
  open(begin: AccessBegin): WayIn;
}

/** One way in: what is read from `input` goes there, what comes goes to the sinks. */
export interface WayIn {
  /** Resolves with the exit code. Throws CommandError `refused`. */
  carry(streams: { readonly input: Readable | undefined; readonly output: Writable; readonly errors: Writable }): Promise<number>;
  resize(size: { readonly columns: number; readonly rows: number }): void;
  cancel(): void;
}

const READY_BOUND_MS = 2_000;

/** Throws CommandError `not-running` when no gateway answers. */
export async function openAccess(config: Config): Promise<Access> {
  for (const socket of await adminSockets(clusterPaths(config.dataDir))) {
    const channel = dial({ address: `unix:${accessSocketBeside(socket)}`, security: { kind: 'unix' } });
    const client = channel.client(AccessServiceClient);
    try {
      await waitForReady(client, READY_BOUND_MS);
      return { open: (begin) => wayIn(client.open(), begin), [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose]() };
    } catch (error) {
      await channel[Symbol.asyncDispose]();
      if (!(error instanceof TransportError)) throw error;
    }
  }
  throw new CommandError('not-running', NOTHING_RUNS);
}

function wayIn(call: Call, begin: AccessBegin): WayIn {
  const window = createByteWindow();
  call.write({ body: { $case: 'begin', value: begin } });
  return {
    resize: (value) => void call.write({ body: { $case: 'resize', value } }),
    cancel: () => call.cancel(),
    async carry({ input, output, errors }) {
      if (input !== undefined) {
        const sink = window.sink((value) => call.write({ body: { $case: 'data', value } }));
        sink.on('finish', () => void call.write({ body: { $case: 'endOfInput', value: {} } }));
        sink.on('error', () => undefined);
        input.pipe(sink);
      }
      // Said as it is taken, so that what nobody reads here stays where it is.
      const give = (to: Writable, bytes: Buffer): void => {
        to.write(bytes, (error) => {
          if (error === undefined || error === null) call.write({ body: { $case: 'takenBytes', value: bytes.length } });
          else call.cancel();
        });
      };
      try {
        for await (const { body } of call as AsyncIterable<AccessOutput>) {
          if (body?.$case === 'data') give(output, body.value);
          else if (body?.$case === 'errorData') give(errors, body.value);
          else if (body?.$case === 'takenBytes') window.taken(body.value);
          else if (body?.$case === 'exitCode') return body.value;
          else if (body?.$case === 'refusal') throw new CommandError('refused', body.value);
        }
        throw new CommandError('refused', 'the connection ended');
      } catch (error) {
        throw asCommandError(error);
      } finally {
        window.close();
        input?.unpipe();
        call.end();
      }
    },
  };
}

/** What gRPC says is for people when we wrote it. */
function asCommandError(error: unknown): unknown {
  const { details } = error as { details?: string };
  return error instanceof CommandError || details === undefined ? error : new CommandError('refused', details, { cause: error });
}
