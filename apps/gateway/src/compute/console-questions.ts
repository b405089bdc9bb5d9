import type { ConsoleAnswer, ConsoleQuestion } from '@pilvi/contracts/compute/v1/service';
import type { Clock } from '@pilvi/runtime';

/** What GetConsoleOutput gives at most. */
const MAX_BYTES = 65_536;
const DEADLINE_MS = 5_000;

export interface ConsoleOutput {
  readonly output: Buffer;
  /** When the last of it was written, milliseconds since the Unix epoch. */
  readonly writtenMs: number;
}

export interface ConsoleQuestions {
  /** Undefined when the node does not know the instance, or does not answer in time. */
  ask(instanceId: string, send: (question: ConsoleQuestion) => void, signal: AbortSignal): Promise<ConsoleOutput | undefined>;
  answer(answer: ConsoleAnswer): void;
}

/** Questions to nodes that wait for their answers. */
export function createConsoleQuestions(clock: Clock): ConsoleQuestions {
  const waiting = new Map<bigint, (answer: ConsoleAnswer | undefined) => void>();
  let next = 1n;
  return {
    async ask(instanceId, send, signal) {
      const requestId = next++;
      const { promise, resolve } = Promise.withResolvers<ConsoleAnswer | undefined>();
      waiting.set(requestId, resolve);
      const giveUp = (): void => resolve(undefined);
      const deadline = clock.after(DEADLINE_MS, giveUp);
      signal.addEventListener('abort', giveUp, { once: true });
      send({ requestId, instanceId, maxBytes: MAX_BYTES });
      const answer = await promise;
      deadline.cancel();
      signal.removeEventListener('abort', giveUp);
      waiting.delete(requestId);
      return answer?.found === true ? { output: answer.output, writtenMs: Number(answer.writtenMs) } : undefined;
    },
    answer(answer) {
      waiting.get(answer.requestId)?.(answer);
    },
  };
}
