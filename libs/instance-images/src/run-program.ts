import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ImageError } from './errors.ts';

/** The last words of a program that failed are told; more are dropped. */
const LINES_KEPT = 8;

/**
 * Runs a program of the system to its end and gives its standard output. Rejects with ImageError `unsupported` when it is not installed, `no-space`, or
 * `failed` with its last words. `onLine` is told each line of its standard error.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: { signal: AbortSignal; env?: Readonly<Record<string, string>>; onLine?: (line: string) => void },
): Promise<string> {
  const { signal, env, onLine } = options;
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
  const output: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => output.push(part));
  const code = await ended.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new ImageError('unsupported', `the program ${file} is not installed`, error);
  });
  if (code === 0) return Buffer.concat(output).toString();
  const said = words.join('; ');
  throw new ImageError(/No space left on device/i.test(said) ? 'no-space' : 'failed', `${file} ended with ${code}: ${said}`);
}
