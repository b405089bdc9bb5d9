import { readFileSync } from 'node:fs';

/** A process, told apart from a later one with the same number by the time it started. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The machine's boot and the clock ticks since; empty where it cannot be known. */
  readonly started: string;
}

export function ownIdentity(): ProcessIdentity {
  return identityOf(process.pid);
}

/** The process that has this number now. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) };
}

/** Whether that very process lives: its number answers, and has not been given to another. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (!Number.isInteger(identity.pid) || identity.pid <= 0) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const started = startOf(identity.pid);
  return started === '' || identity.started === '' || started === identity.started;
}

/** Boot id and field 22 of /proc/PID/stat (proc(5)); the command name before it may hold spaces and parentheses. Empty for a zombie's parentless remains or without /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return 'zombie';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}-${fields[19] ?? ''}`;
  } catch {
    return '';
  }
}
