import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSemaphore } from './semaphore.ts';

/**
 * Runs programs of this machine through a few small shells that stay. To begin a program a process copies itself, and one as large as ours stands still for
 * milliseconds at each: a shell does it in a fraction of one.
 */
export interface ProgramShells {
  /**
   * Runs a program to its end; more than a few at a time wait for their turn. Rejects when it cannot be run (an error with the code `ENOENT`: there is no such
   * program) or says too much, and with the reason of `signal` when that aborts: then the program is killed.
   */
  run(program: string, args: readonly string[], options: { readonly signal: AbortSignal; readonly input?: string }): Promise<ProgramResult>;
  /** The same for lines of a POSIX shell script with these parameters. What they change in the shell is forgotten afterwards. */
  runScript(script: string, args: readonly string[], options: { readonly signal: AbortSignal }): Promise<ProgramResult>;
}

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  /** What becomes a POSIX shell that reads its standard input. */
  readonly shell?: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Programs at the same time. Each is over in a moment; a hundred of them at once are not. */
const AT_ONCE = 8;
const OUTPUT_LENGTH_MAX = 16 * 1024 * 1024;
/** What a shell says of a program that it did not find (POSIX, exit status for commands). */
const NOT_FOUND = 127;

/** A shell is opened when it is needed first. None holds up the end of this process, and each ends with it. */
export function createProgramShells({ shell: command = ['sh'], env = process.env }: Options = {}): ProgramShells {
  const turns = createSemaphore(AT_ONCE);
  const idle: Shell[] = [];
  async function inTurn(lines: string, signal: AbortSignal): Promise<ProgramResult> {
    const done = await turns.acquire(1, signal);
    let shell: Shell | undefined;
    try {
      // One may have ended while nothing was asked of it.
      do shell = idle.pop();
      while (shell !== undefined && !shell.isOpen());
      shell ??= await openShell(command, env);
      return await shell.run(lines, signal);
    } finally {
      if (shell?.isOpen() === true) idle.push(shell);
      done();
    }
  }

  return {
    async run(program, args, { signal, input }) {
      const result = await inTurn(asCommand(program, args, input), signal);
      if (result.code === NOT_FOUND && isMissing(program, result.stderr))
        throw Object.assign(new Error(`the program ${program} is not there`), { code: 'ENOENT' });
      return result;
    },
    runScript: (script, args, { signal }) => inTurn(`(set -- ${args.map(quoted).join(' ')}\n${script}\n) </dev/null`, signal),
  };
}

interface Shell {
  run(script: string, signal: AbortSignal): Promise<ProgramResult>;
  isOpen(): boolean;
}

/** One at a time. A shell whose program was killed is killed as well. Rejects when it cannot be begun, for want of descriptors or memory. */
async function openShell([program, ...args]: readonly [string, ...string[]], env: Options['env']): Promise<Shell> {
  // A process group of its own: with it whatever it runs is killed, and Ctrl-C in a terminal does not reach it.
  const child = spawn(program, args, { stdio: 'pipe', detached: true, env: { ...env } });
  // It has no streams when there was no descriptor for them.
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  // Told by its end, too.
  child.on('error', () => undefined);
  const streams = [child.stdin, child.stdout, child.stderr] as unknown as Socket[];
  // Errors of the pipes are told by the end of the process, too.
  for (const stream of streams) stream.on('error', () => undefined);
  // A random mark after what a program says: none can say it by itself.
  const mark = randomBytes(16).toString('hex');
  let isOpen = true;
  const heldBy = (busy: boolean): void => {
    for (const each of [child, ...streams]) each[busy ? 'ref' : 'unref']();
  };

  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;

  function close(): void {
    isOpen = false;
    if (child.pid !== undefined && isRunning()) killGroup(child.pid);
  }

  async function run(script: string, signal: AbortSignal): Promise<ProgramResult> {
    signal.throwIfAborted();
    heldBy(true);
    const stop = Promise.withResolvers<never>();
    const onAbort = (): void => stop.reject(signal.reason as Error);
    const onEnd = (): void => stop.reject(new Error('the shell that ran it has ended'));
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', stop.reject).once('exit', onEnd);
    try {
      const said = Promise.all([untilMark(child.stdout, mark), untilMark(child.stderr, mark)]);
      child.stdin.write(`${script}\nprintf '\\n${mark} %d\\n' $?; printf '\\n${mark} 0\\n' >&2\n`);
      const [out, errors] = await Promise.race([said, stop.promise]);
      return { code: out.number, stdout: out.text, stderr: errors.text };
    } catch (error) {
      close();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      child.off('error', stop.reject).off('exit', onEnd);
      heldBy(false);
    }
  }
  return { run, isOpen: () => isOpen && isRunning() };
}

/** What comes before the mark, and the number behind it. */
function untilMark(stream: NonNullable<ChildProcess['stdout']>, mark: string): Promise<{ text: string; number: number }> {
  const end = new RegExp(`\n${mark} (\\d+)\n$`);
  return new Promise((resolve, reject) => {
    const parts: string[] = [];
    let length = 0;
    let tail = '';
    stream.setEncoding('utf8');
    const hear = (part: string): void => {
      parts.push(part);
      length += part.length;
      // The mark may have come in two parts.
      tail = (tail + part).slice(-mark.length - 16);
      const found = end.exec(tail);
      if (found === null && length <= OUTPUT_LENGTH_MAX) return;
      stream.off('data', hear);
      if (found === null) reject(new Error('the program says too much'));
      else resolve({ text: parts.join('').slice(0, -found[0].length), number: Number(found[1]) });
    };
    stream.on('data', hear);
  });
}

/** Whether that is the shell's complaint of this program, and not of another that the program looked for. */
function isMissing(program: string, complaint: string): boolean {
  return [`${program}: not found`, `${program}: command not found`].some((end) => complaint.trimEnd().endsWith(end));
}

/** One command of a shell script. Its standard input is `input`, whole lines; without it, nothing. */
function asCommand(program: string, args: readonly string[], input: string | undefined): string {
  const words = [program, ...args].map(quoted).join(' ');
  if (input === undefined) return `${words} </dev/null`;
  const end = `end-${randomBytes(16).toString('hex')}`;
  return `${words} <<'${end}'\n${input}${input.endsWith('\n') ? '' : '\n'}${end}`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
