import { readdirSync, readFileSync } from 'node:fs';

/** What the machine has left, MiB. */
export function availableMiB(): number {
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1024;
}

/** Of all processes of these instances and of their monitors, MiB; what several share is counted once among them (PSS). */
export function processMiB(instanceIds: readonly string[]): number {
  const ids = new Set(instanceIds);
  let sumKib = 0;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const group = /i-[0-9a-f]{17}/.exec(read(`/proc/${pid}/cgroup`))?.[0];
    const monitored = /--cid\0(i-[0-9a-f]{17})\0/.exec(read(`/proc/${pid}/cmdline`))?.[1];
    if (!ids.has(group ?? '') && !ids.has(monitored ?? '')) continue;
    sumKib += Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  }
  return sumKib / 1024;
}

/** Empty when the process has gone. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
