import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@pilvi/runtime';
import { DriverError } from '../errors.ts';
import type { ExecCommand, ExecSession, TerminalSize } from '../instance-driver.ts';
import type { TaskId, TaskSpec } from '../task-spec.ts';
import { refusal } from './conmon.ts';
import { spawnPiped, spawnTerminal } from './spawn-command.ts';

/** Runs `crun exec`: the command gets the task's namespaces, limits, capabilities and system call filter. */
export function execInTask(
  options: { crun: string; runtimeArgs: readonly string[]; id: TaskId; spec: TaskSpec; directory: string; command: ExecCommand },
  signal: AbortSignal,
): ExecSession {
  const { crun, runtimeArgs, id, spec, directory, command } = options;
  if ((command.argv[0] ?? '') === '') throw new DriverError('bad-spec', 'the command is empty');
  const files = join(directory, `exec-${randomBytes(4).toString('hex')}`);
  const [pidFile, logFile] = [`${files}.pid`, `${files}.log`];
  const env = Object.entries({ ...spec.command.env, ...command.env }).map(([name, value]) => `--env=${name}=${value}`);
  const { uid, gid } = command.user ?? spec.command.user;
  // Without its own flag the command could gain privileges that the task's first process could not.
  const flags = ['--no-new-privs', '--pid-file', pidFile, '--cwd', command.cwd ?? spec.command.cwd, '--user', `${uid}:${gid}`, ...env];
  const { terminal } = command;
  const args = [...runtimeArgs, `--log=${logFile}`, 'exec', ...(terminal === undefined ? [] : ['--tty']), ...flags, id, ...command.argv];
  const child = terminal === undefined ? spawnPiped(crun, args) : spawnTerminal(crun, args, terminal);
  let isOver = false;
  /** With the command's number, unless it is over. */
  const withPid = async (act: (pid: number) => void): Promise<void> => {
    // crun writes the number a moment after the command has begun.
    while (!isOver) {
      const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
      if (pid > 0 && !isOver) {
        act(pid);
        return;
      }
      await systemClock.sleep(PID_POLL_MS);
    }
  };
  const kill = async (name: NodeJS.Signals): Promise<void> => {
    await withPid((pid) => signalProcess(pid, name));
    // crun waits for a terminal that nobody reads, even after its end.
    if (name === 'SIGKILL' && terminal !== undefined) child.end();
  };
  const abort = (): void => {
    void kill('SIGKILL');
  };
  signal.addEventListener('abort', abort, { once: true });
  // A reader that is gone is no error of ours; what was written is lost with the command.
  child.stdin.on('error', () => undefined);
  const told = child.exited
    .finally(() => (isOver = true))
    .then((code) => (code === CRUN_FAILED ? codeOfFailure(logFile) : code))
    .finally(() => {
      signal.removeEventListener('abort', abort);
      for (const file of [pidFile, logFile]) rmSync(file, { force: true });
    });
  const { stdin, stdout, stderr } = child;
  return {
    stdin,
    stdout,
    stderr,
    exited: told,
    kill: (name) => void kill(name),
    resize(size) {
      if (terminal !== undefined) void withPid((pid) => resizeTerminal(pid, size));
    },
  };
}

const PID_POLL_MS = 5;
/** What crun itself ends with; a command may too. */
const CRUN_FAILED = 255;
/** As a shell answers for a command that it cannot find. */
const NOT_FOUND = 127;

/** crun's log is empty when it was the command that ended with crun's own code. */
async function codeOfFailure(logFile: string): Promise<number> {
  const words = await readFile(logFile, 'utf8').catch(() => '');
  if (words === '') return CRUN_FAILED;
  const failure = refusal(words);
  if (failure.code === 'command-not-found') return NOT_FOUND;
  throw failure;
}

/** crun (1.8) gives the terminal inside the size that it finds at its start, and no other: the terminal is told by itself. */
function resizeTerminal(pid: number, { columns, rows }: TerminalSize): void {
  const args = ['-F', `/proc/${pid}/fd/0`, 'columns', String(columns), 'rows', String(rows)];
  spawn('stty', args, { stdio: 'ignore' }).on('error', () => undefined);
}

function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}
