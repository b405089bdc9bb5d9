import { accessSync, constants } from 'node:fs';
import { createProgramShells } from '@pilvi/runtime';
import { NetworkError } from './errors.ts';
import { namespacePath } from './names.ts';

/** Nothing that we run takes long; a command that hangs must not hold up everything behind it. */
const COMMAND_TIMEOUT_MS = 20_000;
const shells = createProgramShells();

/** Runs a program of the system to its end and gives what it wrote. Throws NetworkError `command-failed` with its complaint. */
export async function command(program: string, args: readonly string[], input?: string): Promise<string> {
  const complaint = (text: string): string => `${[program, ...args].join(' ')}: ${text}`;
  const { code, stdout, stderr } = await shells
    .run(program, args, { signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS), ...(input !== undefined && { input }) })
    .catch((cause: unknown) => Promise.reject(new NetworkError('command-failed', complaint(String(cause)), { cause })));
  if (code !== 0) throw new NetworkError('command-failed', complaint(stderr.trim() || `ended with ${code}`));
  return stdout;
}

/** Each line is one `ip` command; the first that fails ends it. */
export function ipBatch(lines: readonly string[], namespace?: string): Promise<string> {
  return command(...within(namespace, 'ip', '-batch', '-'), `${lines.join('\n')}\n`);
}

/** A query with JSON output. */
export async function ipQuery<T>(args: readonly string[], namespace?: string): Promise<T[]> {
  const text = await command(...within(namespace, 'ip', '-json', ...args));
  return text.trim() === '' ? [] : (JSON.parse(text) as T[]);
}

/** A shell script, run inside a namespace. */
export function shellInNamespace(namespace: string, lines: readonly string[]): Promise<string> {
  return command(...within(namespace, ...SHELL), `${lines.join('\n')}\n`);
}

/** In a container /proc/sys may be read-only, but not a second look at it, which needs mounts of our own. */
const SHELL: readonly [string, ...string[]] = canWrite('/proc/sys/net/ipv4/ip_forward')
  ? ['sh', '-e']
  : ['unshare', '--mount', 'sh', '-ec', 'mount -t proc proc /proc; exec sh -e'];

/** Replaces tables as the script says, in one transaction. */
export function applyRules(script: string, namespace?: string): Promise<string> {
  return command(...within(namespace, 'nft', '-f', '-'), script);
}

/** Unlike `ip -n` and `ip netns exec`, `nsenter` leaves mounts alone, and does not copy those of all instances for one command. */
function within(namespace: string | undefined, program: string, ...args: readonly string[]): [string, readonly string[]] {
  return namespace === undefined ? [program, args] : ['nsenter', [`--net=${namespacePath(namespace)}`, program, ...args]];
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
