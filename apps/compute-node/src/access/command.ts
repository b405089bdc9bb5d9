import type { Command } from '@pilvi/contracts/compute/v1/access';
import type { InstanceDriver, TaskId } from '@pilvi/instance-driver';
import type { WayIn } from './way-in.ts';

/** Shown to every instance. */
export const BUSYBOX = '/run/pilvi/busybox';
const ROOT = { uid: 0, gid: 0 };
const UNKNOWN_TERMINAL = 'xterm';

/** The shell of the image, or where it has none, the one that every instance is shown. */
const SHELL = `cd "$HOME" 2>/dev/null || cd /
for shell in /bin/bash /bin/sh /usr/bin/sh; do [ -x $shell ] && exec $shell -l; done
exec ${BUSYBOX} sh -l`;

const LINGER = `"$@"
code=$?
${BUSYBOX} usleep 30000
exit $code`;

/** The same command for a terminal: its last words are passed on before its end is seen (see ExecCommand.terminal). */
export function lingering(argv: readonly string[]): readonly string[] {
  return [BUSYBOX, 'sh', '-c', LINGER, 'sh', ...argv];
}

/** Runs a command inside, as root. */
export async function openCommand(driver: InstanceDriver, id: TaskId, { argv, terminal }: Command, signal: AbortSignal): Promise<WayIn> {
  const wanted = argv.length > 0 ? argv : [BUSYBOX, 'sh', '-c', SHELL];
  const session = await driver.exec(
    id,
    terminal === undefined
      ? { argv: wanted, user: ROOT }
      : {
          argv: lingering(wanted),
          user: ROOT,
          env: { TERM: terminal.type === '' ? UNKNOWN_TERMINAL : terminal.type },
          terminal: sizeOf(terminal.size),
        },
    signal,
  );
  return {
    input: session.stdin,
    output: session.stdout,
    errors: session.stderr,
    ended: session.exited,
    resize: (size) => session.resize(sizeOf(size)),
    leave: () => session.kill(terminal === undefined ? 'SIGKILL' : 'SIGHUP'),
  };
}

const SIZE_MAX = 10_000;
const DEFAULT_SIZE = { columns: 80, rows: 24 };

/** What no terminal can be is not passed on. */
function sizeOf({ columns, rows }: { columns: number; rows: number } = DEFAULT_SIZE): { columns: number; rows: number } {
  const isSize = [columns, rows].every((side) => Number.isInteger(side) && side > 0 && side <= SIZE_MAX);
  return isSize ? { columns, rows } : DEFAULT_SIZE;
}
