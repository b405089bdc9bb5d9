import { createSemaphore } from '@pilvi/runtime';
import { runCommand } from './run-command.ts';
import type { CommandResult } from './run-command.ts';

/** Each is over in a moment; a hundred of them at once are not. */
const AT_ONCE = 8;

/** Calls of one program, all with these arguments first: a few at the same time. */
export function callsInTurn(
  program: string,
  firstArgs: readonly string[],
): (args: readonly string[], signal: AbortSignal) => Promise<CommandResult> {
  const turns = createSemaphore(AT_ONCE);
  return async (args, signal) => {
    const done = await turns.acquire(1, signal);
    try {
      return await runCommand(program, [...firstArgs, ...args], signal);
    } finally {
      done();
    }
  };
}
