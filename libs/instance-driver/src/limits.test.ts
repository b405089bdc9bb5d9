import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { findCgroups } from './crun/cgroups.ts';
import { whyNoCrun } from './testing/crun-machine.ts';

const run = promisify(execFile);
const CHILD = join(import.meta.dirname, 'testing/limits-child.ts');
const LIMITS = { 'cpu.max': '50000 100000', 'memory.max': '67108864', 'memory.swap.max': '0', 'pids.max': '20' };
const skip = whyNoCrun() || (findCgroups().version !== 2 && 'NOT TRIED: the control groups of this machine are of version 1');

describe('inside a task, with control groups of version 2', { skip }, () => {
  it('limits are those of its control group, which it sees as the root', async () => {
    assert.deepEqual(JSON.parse((await run(process.execPath, [CHILD])).stdout), LIMITS);
  });

  it('limits are kept in a container, too, where all processes begin in the root group', async () => {
    const group = `/sys/fs/cgroup/pilvi-container-${process.pid}`;
    mkdirSync(group);
    const own = 'umount --lazy /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup; "$@"';
    const script = `echo $$ > ${group}/cgroup.procs; exec unshare --cgroup --mount sh -ec '${own}' sh "$@"`;
    try {
      assert.deepEqual(JSON.parse((await run('sh', ['-ec', script, 'sh', process.execPath, CHILD])).stdout), LIMITS);
    } finally {
      for (const left of [join(group, 'pilvi-own'), group]) if (existsSync(left)) rmdirSync(left);
    }
  });
});
