import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createProgramShells } from '@pilvi/runtime';
import { ImageError } from './errors.ts';

/** For what is over in a moment: a launch waits for it. */
const shells = createProgramShells();

/** The last words of a program that failed are told; more are dropped. */
const LINES_KEPT = 8;

/**
 * Runs a program that is over in a moment, through a shell that stays. Rejects with ImageError `unsupported` when it is not installed, `no-space`, or
 * `failed` with its last words.
 */
export async function runBriefly(file: string, args: readonly string[], { signal }: { readonly signal: AbortSignal }): Promise<void> {
  const { code, stderr } = await shells.run(file, args, { signal }).catch((error: unknown) => Promise.reject(asImageError(file, error)));
  if (code !== 0) throw failure(file, code, stderr.trim().split('\n').slice(-LINES_KEPT));
}

/**
 * Runs a program that may take minutes or say much, as those do that unpack images, and gives its standard output: launches take no turn behind it. Rejects as
 * `runBriefly` does. `onLine` is told each line of its standard error, `onOutput` each of its standard output.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: {
    readonly signal: AbortSignal;
    readonly env?: Readonly<Record<string, string>>;
    readonly onLine?: (line: string) => void;
    readonly onOutput?: (line: string) => void;
  },
): Promise<string> {
  const { signal, env, onLine, onOutput } = options;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL', env: { ...process.env, ...env } });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  const words: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    words.push(line);
    if (words.length > LINES_KEPT) words.shift();
    onLine?.(line);
  });
  if (onOutput !== undefined) createInterface({ input: child.stdout }).on('line', onOutput);
  const output: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => output.push(part));
  const code = await ended.catch((error: unknown) => Promise.reject(asImageError(file, error)));
  if (code !== 0) throw failure(file, code, words);
  return Buffer.concat(output).toString();
}

function asImageError(file: string, error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error;
  return new ImageError('unsupported', `the program ${file} is not installed`, error);
}

function failure(file: string, code: number, lastWords: readonly string[]): ImageError {
  const said = lastWords.join('; ');
  return new ImageError(/No space left on device/i.test(said) ? 'no-space' : 'failed', `${file} ended with ${code}: ${said}`);
}
