import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';

const PS_BOUND_MS = 10_000;

/** What each process does, and for what in the kernel each thread of Node waits: for the log of a run that says nothing any more. */
export function describeProcesses(): string {
  // The kernel's own threads, children of process 2, left out.
  const which = ['--ppid', '2', '-p', '2', '--deselect'];
  const { stdout } = spawnSync('ps', ['-o', 'pid,ppid,stat,etimes,wchan:24,args', ...which], { encoding: 'utf8', timeout: PS_BOUND_MS });
  const waits = globSync('/proc/[0-9]*/task/*').flatMap((task) => {
    const name = read(`${task}/comm`);
    return name.startsWith('node') || name.startsWith('libuv')
      ? [`${task} ${name} ${read(`${task}/wchan`)} ${read(`${task}/syscall`)}`]
      : [];
  });
  return `${stdout}${waits.join('\n')}\n`;
}

/** Empty: it has ended meanwhile, or the kernel does not tell. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
