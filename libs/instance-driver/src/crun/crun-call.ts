import { readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from './missing-requirements.ts';

const UNIFIED = '/sys/fs/cgroup/unified';
/** CGROUP2_SUPER_MAGIC, statfs(2). */
const CGROUP2_MAGIC = 0x63677270;

/**
 * How crun is called: a program's path and its first arguments. Where both versions of control groups are mounted and a controller that nobody uses has stayed in
 * version 2, crun refuses to work at all. It is then called in a mount namespace of its own that does not show version 2; mounts made
 * outside later are still seen in it, and the containers have namespaces of their own anyway.
 */
export function crunCall(): readonly [string, ...string[]] {
  const crun = findTool('crun')!;
  if (!isHybridWithControllers()) return [crun];
  return [findTool('unshare')!, '--mount', '--propagation', 'slave', '--', '/bin/sh', '-c', `umount ${UNIFIED} && exec "$0" "$@"`, crun];
}

function isHybridWithControllers(): boolean {
  try {
    return statfsSync(UNIFIED).type === CGROUP2_MAGIC && readFileSync(join(UNIFIED, 'cgroup.controllers'), 'utf8').trim() !== '';
  } catch {
    return false;
  }
}
