import { execFile } from 'node:child_process';
import { NetworkError } from './errors.ts';

/** Nothing that we run takes long; a command that hangs must not hold up everything behind it. */
const COMMAND_TIMEOUT_MS = 20_000;
const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;

/** Runs a program of the system to its end and gives what it wrote. Throws NetworkError `command-failed` with its complaint. */
export function command(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: COMMAND_TIMEOUT_MS, maxBuffer: OUTPUT_LIMIT_BYTES }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(new NetworkError('command-failed', `${[program, ...args].join(' ')}: ${stderr.trim() || error.message}`, { cause: error }));
    });
    // A program that ends early closes its input; its exit code says why.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Each line is one `ip` command; the first that fails ends it. */
export function ipBatch(lines: readonly string[], namespace?: string): Promise<string> {
  return command('ip', [...inNamespace(namespace), '-batch', '-'], `${lines.join('\n')}\n`);
}

/** A query with JSON output. */
export async function ipQuery<T>(args: readonly string[], namespace?: string): Promise<T[]> {
  const text = await command('ip', [...inNamespace(namespace), '-json', ...args]);
  return text.trim() === '' ? [] : (JSON.parse(text) as T[]);
}

/** A shell script, run inside a namespace. */
export function shellInNamespace(namespace: string, lines: readonly string[]): Promise<string> {
  return command('ip', ['netns', 'exec', namespace, 'sh', '-e'], `${lines.join('\n')}\n`);
}

/** Replaces tables as the script says, in one transaction. */
export function applyRules(script: string, namespace?: string): Promise<string> {
  return namespace === undefined
    ? command('nft', ['-f', '-'], script)
    : command('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], script);
}

function inNamespace(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['-n', namespace];
}
