import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@pilvi/runtime';
import { DriverError } from '../errors.ts';
import type { ExecCommand, ExecSession } from '../instance-driver.ts';
import type { TaskId, TaskSpec } from '../task-spec.ts';
import { refusal } from './conmon.ts';

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
  const user = `${spec.command.user.uid}:${spec.command.user.gid}`;
  // Without its own flag the command could gain privileges that the task's first process could not.
  const args = ['exec', '--no-new-privs', '--pid-file', pidFile, '--cwd', command.cwd ?? spec.command.cwd, '--user', user, ...env];
  const child = spawn(crun, [...runtimeArgs, `--log=${logFile}`, ...args, id, ...command.argv], { stdio: ['pipe', 'pipe', 'pipe'] });
  let isOver = false;
  const kill = async (name: NodeJS.Signals): Promise<void> => {
    // crun writes the number a moment after the command has begun.
    while (!isOver) {
      const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
      if (pid > 0 && !isOver) {
        signalProcess(pid, name);
        return;
      }
      await systemClock.sleep(PID_POLL_MS);
    }
  };
  const abort = (): void => {
    void kill('SIGKILL');
  };
  signal.addEventListener('abort', abort, { once: true });
  // A reader that is gone is no error of ours; what was written is lost with the command.
  child.stdin.on('error', () => undefined);
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => {
      isOver = true;
      resolve(code ?? 128 + (by === null ? 0 : constants.signals[by]));
    });
  });
  const told = exited
    .then((code) => (code === CRUN_FAILED ? codeOfFailure(logFile) : code))
    .finally(() => {
      signal.removeEventListener('abort', abort);
      for (const file of [pidFile, logFile]) rmSync(file, { force: true });
    });
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited: told, kill: (name) => void kill(name) };
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

function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}
