import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { AccessBegin, AccessInput, AccessOutput } from '@pilvi/contracts/compute/v1/access';

export type AccessCall = ServerDuplexStream<AccessOutput, AccessInput>;

/** What came through a way in, and how to go on. */
export interface EnteredWay {
  send(body: NonNullable<AccessInput['body']>): void;
  /** Resolves when this is true of what came as data so far. */
  until(words: RegExp): Promise<string>;
  /** All data, and the last message. */
  readonly ended: Promise<{ readonly data: string; readonly errors: string; readonly last: AccessOutput['body'] }>;
  leave(): void;
}

/** Takes all that comes, as fast as it comes. */
export function enteredWay(call: AccessCall, begin: AccessBegin): EnteredWay {
  const said = { data: '', errors: '' };
  let last: AccessOutput['body'];
  const ended = Promise.withResolvers<undefined>();
  const listeners = new Set<() => void>();
  call.on('data', ({ body }: AccessOutput) => {
    last = body;
    if (body?.$case !== 'data' && body?.$case !== 'errorData') return;
    said[body.$case === 'data' ? 'data' : 'errors'] += body.value.toString();
    call.write({ body: { $case: 'takenBytes', value: body.value.length } });
    for (const listener of listeners) listener();
  });
  call.on('end', () => {
    call.end();
    ended.resolve(undefined);
  });
  call.write({ body: { $case: 'begin', value: begin } });
  return {
    send: (body) => void call.write({ body }),
    async until(words) {
      const found = Promise.withResolvers<undefined>();
      const look = (): void => {
        if (words.test(said.data)) found.resolve(undefined);
      };
      listeners.add(look);
      look();
      void ended.promise.then(() => found.reject(new Error(`it ended with: ${said.data} ${said.errors}`)));
      await found.promise;
      listeners.delete(look);
      return said.data;
    },
    ended: ended.promise.then(() => ({ ...said, last })),
    leave: () => call.end(),
  };
}
