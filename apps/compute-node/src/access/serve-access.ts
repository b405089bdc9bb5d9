import { pipeline } from 'node:stream/promises';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { AccessBegin, AccessInput, AccessOutput } from '@pilvi/contracts/compute/v1/access';
import { DriverError } from '@pilvi/instance-driver';
import type { Logger } from '@pilvi/runtime';
import { createByteWindow } from '@pilvi/transport';
import { NoWayIn } from './way-in.ts';
import type { WayIn } from './way-in.ts';

export type AccessCall = ClientDuplexStream<AccessOutput, AccessInput>;

interface Components {
  /** Throws NoWayIn or DriverError. */
  readonly open: (begin: AccessBegin, signal: AbortSignal) => Promise<WayIn>;
  readonly log: Logger;
}

/** Serves one way in from its first message to its end. Whoever asked may go at any time. */
export async function serveAccess({ open, log }: Components, call: AccessCall, token: string): Promise<void> {
  const gone = new AbortController();
  const window = createByteWindow();
  for (const event of ['end', 'error', 'close'] as const)
    call.on(event, () => {
      gone.abort();
      window.close();
    });
  let way: WayIn | undefined;
  call.write({ body: { $case: 'token', value: token } });
  try {
    for await (const { body } of call as AsyncIterable<AccessInput>) {
      if (way !== undefined) take(way, body);
      // Caught here: an error that left this loop would take the call with it, and the words about it.
      else if (body?.$case === 'begin') way = await begin(body.value).catch(refuse);
    }
  } catch (error) {
    log.debug({ err: error }, 'a way into an instance was left');
  } finally {
    way?.leave();
  }

  async function begin(wanted: AccessBegin): Promise<WayIn> {
    const opened = await open(wanted, gone.signal);
    void show(opened).catch(refuse);
    return opened;
  }

  async function show({ output, errors, ended }: WayIn): Promise<void> {
    await Promise.all([
      pipeline(
        output,
        window.sink((value) => call.write({ body: { $case: 'data', value } })),
      ),
      errors &&
        pipeline(
          errors,
          window.sink((value) => call.write({ body: { $case: 'errorData', value } })),
        ),
    ]);
    end({ $case: 'exitCode', value: await ended });
  }

  function take({ input, resize }: WayIn, body: AccessInput['body']): void {
    switch (body?.$case) {
      case 'data': {
        const { length } = body.value;
        // To one that takes nothing more nothing is said: its end is told by its output.
        if (input?.writable === true) input.write(body.value, () => call.write({ body: { $case: 'takenBytes', value: length } }));
        return;
      }
      case 'endOfInput':
        input?.end();
        return;
      case 'resize':
        resize?.(body.value);
        return;
      case 'takenBytes':
        window.taken(body.value);
        return;
      case 'begin':
      case undefined:
        return;
    }
  }

  function end(body: NonNullable<AccessOutput['body']>): void {
    call.write({ body });
    call.end();
  }

  function refuse(error: unknown): undefined {
    if (gone.signal.aborted) return;
    const isForPeople = error instanceof NoWayIn || error instanceof DriverError;
    if (!isForPeople) log.warn({ err: error }, 'a way into an instance broke');
    end({ $case: 'refusal', value: isForPeople ? error.message : 'the way into the instance broke' });
  }
}
