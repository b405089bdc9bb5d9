import { readFileSync, statfsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const UNIFIED = '/sys/fs/cgroup/unified';
/** CGROUP2_SUPER_MAGIC, statfs(2). */
const CGROUP2_MAGIC = 0x63677270;

/**
 * The crun to call. Where both versions of control groups are mounted and a controller that nobody uses has stayed in version 2,
 * crun refuses to work at all. It is then called in a mount namespace of its own that does not show version 2; mounts made
 * outside later are still seen in it, and the containers have namespaces of their own anyway.
 */
export async function crunProgram(crun: string, stateDirectory: string): Promise<string> {
  if (!isHybridWithControllers()) return crun;
  const wrapper = join(stateDirectory, 'crun-without-cgroup2');
  const inside = `umount ${UNIFIED} && exec ${crun} "$@"`;
  await writeFile(wrapper, `#!/bin/sh\nexec unshare --mount --propagation slave -- /bin/sh -c '${inside}' crun "$@"\n`, { mode: 0o700 });
  return wrapper;
}

function isHybridWithControllers(): boolean {
  try {
    return statfsSync(UNIFIED).type === CGROUP2_MAGIC && readFileSync(join(UNIFIED, 'cgroup.controllers'), 'utf8').trim() !== '';
  } catch {
    return false;
  }
}
