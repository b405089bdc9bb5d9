import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { ProgramShells } from '@pilvi/runtime';
import { DriverError } from '../errors.ts';
import type { TaskId } from '../task-spec.ts';
import { CONSOLE_LOG } from './console-log.ts';
import type { TaskDirectory } from './task-directory.ts';

export interface ConmonOptions {
  readonly id: TaskId;
  readonly directory: TaskDirectory;
  readonly exitDirectory: string;
  readonly consoleBytes: number;
  readonly shells: ProgramShells;
  readonly crun: string;
  readonly conmon: string;
  /** Given to crun before its verb. */
  readonly runtimeArgs: readonly string[];
}

/**
 * Makes a task under conmon, which stays as its parent: it holds the console's pipes, writes the log, and writes the exit code when the
 * task ends, whether or not anyone of us is there. It leaves our session at once. Resolves when crun has created the container.
 */
export async function createUnderConmon(options: ConmonOptions, signal: AbortSignal): Promise<{ pid: number; conmonPid: number }> {
  const { shells, directory, conmon } = options;
  const errorsFile = join(directory.path, 'conmon.err');
  const { stdout } = await shells.runScript(CALL, [directory.path, errorsFile, conmon, ...conmonArguments(options)], {
    signal,
  });
  const answer = parseAnswer(stdout);
  if (answer === undefined || answer.data <= 0) throw refusal(answer?.message ?? (await readFile(errorsFile, 'utf8')));
  return { pid: answer.data, conmonPid: Number(await readFile(directory.conmonPidFile, 'utf8')) };
}

/**
 * Descriptor 3 is where conmon tells how it went (_OCI_SYNCPIPE), as one line of JSON. The first process ends at once and leaves the monitor behind, which keeps
 * its end of that pipe open: a line is all that can be waited for. Its errors go to a file, since it keeps that too: with a pipe of ours, its next word
 * after our end would be its last.
 */
const CALL = `
cd "$1" && errors=$2 && shift 2
_OCI_SYNCPIPE=3 "$@" 3>&1 >/dev/null 2>>"$errors" </dev/null | { IFS= read -r line; printf '%s\\n' "$line"; }
`;

function conmonArguments(options: ConmonOptions): readonly string[] {
  const { id, directory, exitDirectory, consoleBytes, crun, runtimeArgs } = options;
  return [
    ...['--api-version', '1', '--cid', id, '--cuuid', id, '--name', id],
    ...['--runtime', crun, ...runtimeArgs.map((arg) => `--runtime-arg=${arg}`)],
    ...['--bundle', directory.path, '--container-pidfile', directory.pidFile, '--conmon-pidfile', directory.conmonPidFile],
    ...['--exit-dir', exitDirectory, '--persist-dir', directory.path, '--full-attach'],
    ...[
      '--log-path',
      `k8s-file:${join(directory.consoleDirectory, CONSOLE_LOG)}`,
      '--log-size-max',
      String(consoleBytes),
      '--log-level',
      'error',
    ],
  ];
}

function parseAnswer(text: string): { data: number; message?: string } | undefined {
  try {
    return JSON.parse(text) as { data: number; message?: string };
  } catch {
    return undefined;
  }
}

/** crun's own words tell a command that is not there from everything else. */
export function refusal(message: string): DriverError {
  const words = message
    .trim()
    .replace(/^.*?error: /s, '')
    .replace(/^\d{4}-\S+Z: /, '');
  const isAboutCommand =
    /executable file .* not found|exec\w*[^\n]*: (No such file or directory|Permission denied|Exec format error)/i.test(words);
  return new DriverError(isAboutCommand ? 'command-not-found' : 'runtime-failed', words === '' ? 'conmon ended without a word' : words);
}
