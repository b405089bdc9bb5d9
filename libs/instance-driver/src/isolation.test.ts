import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { untilExit } from './compliance.ts';
import { makeDisk, noDiskLimit } from './testing/loop-disk.ts';
import { taskId } from './task-spec.ts';
import type { TaskSpec } from './task-spec.ts';
import { ID_RANGE, openCrunMachine, whyNoCrun } from './testing/crun-machine.ts';
import type { CrunMachine } from './testing/crun-machine.ts';

const MIB = 1024 * 1024;
const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const SEEN = taskId('i-0a');

/** What a task is kept from, looked at from inside of it. */
describe('inside a task', { skip: whyNoCrun() }, () => {
  let machine: CrunMachine;
  let pid: number;

  const spec = (id: string, argv: readonly string[], changes: Partial<TaskSpec> = {}): TaskSpec => ({
    id: taskId(id),
    rootDirectory: machine.rootDirectory,
    idRange: ID_RANGE,
    command: { argv, env: { PATH: '/bin' }, cwd: '/', user: { uid: 0, gid: 0 } },
    hostname: 'ip-10-0-0-1',
    mounts: [],
    limits: { vcpus: 1, memoryBytes: 64 * MIB, pids: 40 },
    consoleBytes: 16 * 1024,
    ...changes,
  });
  const begin = async (begun: TaskSpec): Promise<number> => {
    const made = await machine.driver.create(begun, signal());
    await machine.driver.start(begun.id, signal());
    return made.pid;
  };
  /** Runs a shell command in the task; gives all it said, and its exit code. */
  const inside = async (command: string, id = SEEN): Promise<{ said: string; code: number }> => {
    const session = await machine.driver.exec(id, { argv: ['sh', '-c', `exec 2>&1; ${command}`] }, signal());
    session.stdin.end();
    const [said, , code] = await Promise.all([text(session.stdout), text(session.stderr), session.exited]);
    return { said: said.trim(), code };
  };

  before(async () => {
    machine = await openCrunMachine();
    mkdirSync(join(machine.directory, 'shown'));
    writeFileSync(join(machine.directory, 'shown', 'hosts'), '10.0.0.1 ip-10-0-0-1\n');
    chownSync(join(machine.directory, 'shown', 'hosts'), ID_RANGE.firstId, ID_RANGE.firstId);
    const mounts = [{ source: join(machine.directory, 'shown', 'hosts'), target: '/etc/hosts', readOnly: true }];
    // The one that is looked into second: with the filter that was compiled for the first, as nearly every task.
    await begin(spec('i-0b', ['sleep', '601']));
    pid = await begin(spec(SEEN, ['sleep', '600'], { mounts }));
  });
  after(() => machine[Symbol.asyncDispose]());

  it('namespaces of pid, mount, network, uts, ipc, cgroup and user are its own', async () => {
    for (const kind of ['pid', 'mnt', 'net', 'uts', 'ipc', 'cgroup', 'user']) {
      const { said } = await inside(`readlink /proc/self/ns/${kind}`);
      assert.match(said, new RegExp(`^${kind}:\\[\\d+\\]$`));
      assert.notEqual(said, readlinkSync(`/proc/self/ns/${kind}`));
      assert.notEqual(said, (await inside(`readlink /proc/self/ns/${kind}`, taskId('i-0b'))).said);
    }
  });

  it('only its own processes are there, and no other task is to be seen', async () => {
    const { said } = await inside('ls /proc | grep -E "^[0-9]+$" | while read p; do tr "\\0" " " </proc/$p/cmdline; echo; done');
    assert.match(said, /^sleep 600/m);
    assert.doesNotMatch(said, /sleep 601|node|conmon|crun/);
  });

  it('its root user is nobody outside: an id of its own range', async () => {
    assert.equal((await inside('id -u')).said, '0');
    assert.equal((await inside('cat /proc/self/uid_map')).said.split(/\s+/).join(' '), `0 ${ID_RANGE.firstId} ${ID_RANGE.count}`);
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), new RegExp(`^Uid:\\s+${ID_RANGE.firstId}\\s`, 'm'));
  });

  it('its root directory is all there is: the old root is gone', async () => {
    const { said } = await inside('cat /proc/self/mountinfo');
    assert.doesNotMatch(said, /\/(\.)?(old_?root|oldroot)/);
    // Mounts of the host that were not asked for would show their own places; all that are here lie in its own root.
    const places = said.split('\n').map((line) => line.split(' ')[4] ?? '');
    assert.ok(
      places.every((place) => /^\/(proc|dev|sys|run|etc\/hosts)?(\/|$)/.test(place)),
      places.join(' '),
    );
    assert.equal((await inside('chroot /proc/1/root ls /')).said.includes('root'), true);
    assert.equal((await inside(`ls ${machine.directory}`)).code, 1);
    assert.notEqual((await inside('cat /proc/1/root/etc/shadow')).code, 0);
  });

  it('capabilities are the few over its own files and users', async () => {
    const { said } = await inside('grep Cap /proc/self/status');
    // chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, sys_chroot
    assert.deepEqual(
      said.split('\n').map((line) => Number.parseInt(line.split('\t')[1] ?? '', 16)),
      [0, 0x405fb, 0x405fb, 0x405fb, 0],
    );
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^CapEff:\s+00000000000405fb$/m);
  });

  it('no program gains privileges', async () => {
    assert.equal((await inside('grep NoNewPrivs /proc/self/status')).said, 'NoNewPrivs:\t1');
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^NoNewPrivs:\s+1$/m);
  });

  it('what /proc and /sys tell of the host is masked or read-only', async () => {
    for (const file of ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/proc/interrupts'])
      assert.equal((await inside(`cat ${file} 2>/dev/null | wc -c`)).said, '0', file);
    assert.equal((await inside('ls /sys/firmware')).said, '');
    for (const file of ['/proc/sys/kernel/hostname', '/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/sys/power/state'])
      assert.match((await inside(`echo x > ${file}`)).said, /Read-only file system|nonexistent|Permission denied/, file);
    assert.match(
      (await inside('echo 1 > /sys/fs/cgroup/pids/pids.max; echo 1 > /sys/fs/cgroup/pids.max')).said,
      /Read-only|nonexistent|Permission/,
    );
  });

  it('devices are the harmless few, and no other can be made', async () => {
    const { said } = await inside('find /dev -type b; find /dev -type c | sort | tr "\\n" " "');
    assert.equal(said, '/dev/full /dev/null /dev/pts/ptmx /dev/random /dev/tty /dev/urandom /dev/zero');
    for (const node of ['b 8 0', 'b 254 0', 'c 1 1', 'c 10 229'])
      assert.match((await inside(`mknod /tmp/disk ${node}`)).said, /Operation not permitted/);
  });

  it('a process begins with three descriptors, and no socket of the host is there', async () => {
    assert.deepEqual(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, 2), ['sleep', '600']);
    assert.equal((await inside(`ls /proc/1/fd | tr '\\n' ' '`)).said, '0 1 2');
    assert.equal((await inside('find / -xdev -type s; cat /proc/net/unix | wc -l')).said, '1');
  });

  it('its network has nothing but loopback until it is given one, and no capability over it', async () => {
    assert.equal((await inside('ls /sys/class/net')).said, 'lo');
    assert.match((await inside('ip link add d0 type dummy')).said, /not permitted/);
    assert.match((await inside('ip addr add 10.9.9.9/8 dev lo')).said, /not permitted/);
  });

  it('it can live in a network namespace made by others, which it cannot change and whose host it does not see', async () => {
    const name = `pilvi-test-${process.pid}`;
    execFileSync('ip', ['netns', 'add', name]);
    try {
      const id = taskId('i-1b');
      await begin(spec(id, ['sleep', '600'], { networkNamespace: `/run/netns/${name}` }));
      assert.equal((await inside('readlink /proc/self/ns/net', id)).said, `net:[${statSync(`/run/netns/${name}`).ino}]`);
      assert.equal(
        (await inside('ls /sys /sys/class 2>&1', id)).said.replace(/\s+/g, ' '),
        'ls: /sys/class: No such file or directory /sys: fs',
      );
      assert.match((await inside('ip link set lo up', id)).said, /not permitted/);
      await machine.driver.destroy(id, signal());
    } finally {
      execFileSync('ip', ['netns', 'delete', name]);
    }
  });

  it('it has a host name and files of its own; what is shown read-only cannot be written', async () => {
    assert.equal((await inside('hostname')).said, 'ip-10-0-0-1');
    assert.equal((await inside('cat /etc/hosts')).said, '10.0.0.1 ip-10-0-0-1');
    assert.match((await inside('echo x >> /etc/hosts')).said, /Read-only file system/);
    assert.match((await inside('umount /etc/hosts')).said, /not permitted/);
  });

  it('a fork bomb stops at its limit of processes, and others go on', async () => {
    await begin(
      spec('i-0c', ['sh', '-c', 'bomb() { bomb | bomb & }; bomb; sleep 600'], { limits: { vcpus: 0.2, memoryBytes: 64 * MIB, pids: 30 } }),
    );
    const id = taskId('i-0c');
    const most = await peak(async () => (await machine.driver.usage(id)).pids, 25);
    assert.ok(most >= 25 && most <= 30, `${most} processes`);
    assert.equal((await inside('echo alive')).said, 'alive');
    await machine.driver.destroy(id, signal());
  });

  it('who uses more memory than its limit is ended for it, and that is told', async () => {
    const exit = untilExit(machine.driver, taskId('i-0d'));
    await begin(spec('i-0d', ['sh', '-c', 'exec tail -c 900m /dev/zero'], { limits: { vcpus: 1, memoryBytes: 24 * MIB, pids: 10 } }));
    const { code, outOfMemory } = await exit;
    assert.deepEqual({ code, outOfMemory }, { code: 137, outOfMemory: true });
    // Memory lent as files is memory too: half of the limit at most.
    const limited = await inside('head -c 200m /dev/zero > /dev/shm/much; stat -c %s /dev/shm/much');
    assert.match(limited.said, /error\n33554432$/);
    await inside('rm /dev/shm/much');
  });

  it('a processor burner gets the time of its limit and no more', async () => {
    const id = taskId('i-0e');
    await begin(
      spec('i-0e', ['sh', '-c', 'for i in 1 2 3 4; do while :; do :; done & done; wait'], {
        limits: { vcpus: 0.25, memoryBytes: 32 * MIB, pids: 10 },
      }),
    );
    const began = { atMs: performance.now(), ...(await machine.driver.usage(id)) };
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const { cpuMs } = await machine.driver.usage(id);
    const share = (cpuMs - began.cpuMs) / (performance.now() - began.atMs);
    // A busy machine may give it less. Without the limit it would take every core.
    assert.ok(share > 0 && share < 0.35, `${share} of a core, of ${cpus().length}`);
    await machine.driver.destroy(id, signal());
  });

  it('who reads and writes its disk gets the speed of its limit and no more', { skip: noDiskLimit() }, async () => {
    await using disk = makeDisk(join(machine.directory, 'disk'));
    const mounts = [{ source: disk.place, target: '/mnt', readOnly: false }];
    const limits = { vcpus: 1, memoryBytes: 64 * MIB, pids: 40 };
    const throttled = { device: disk.device, bytesPerSecond: MIB, operationsPerSecond: 0 };
    await begin(spec('i-0d1', ['sleep', '600'], { mounts, limits: { ...limits, disk: throttled } }));
    await begin(spec('i-0d2', ['sleep', '600'], { mounts, limits: { ...limits, disk: { ...throttled, bytesPerSecond: 0 } } }));
    const timeMs = async (id: string, command: string): Promise<number> => {
      const startedMs = performance.now();
      const { code, said } = await inside(command, taskId(id));
      assert.equal(code, 0, said);
      return performance.now() - startedMs;
    };
    // Past the cache of files, which belongs to the machine.
    for (const command of [
      'dd if=/dev/zero of=/mnt/file bs=1M count=5 oflag=direct',
      'dd if=/mnt/file of=/dev/null bs=1M count=5 iflag=direct',
    ]) {
      const [limitedMs, freeMs] = [await timeMs('i-0d1', command), await timeMs('i-0d2', command)];
      assert.ok(limitedMs > 3500 && limitedMs > freeMs, `${limitedMs} ms, and without a limit ${freeMs} ms: ${command}`);
    }
    for (const id of ['i-0d1', 'i-0d2']) await machine.driver.destroy(taskId(id), signal());
  });

  it('a console that is written without end stays bounded, and keeps the latest', async () => {
    const id = taskId('i-0f');
    const exit = untilExit(machine.driver, id);
    await begin(spec('i-0f', ['sh', '-c', 'i=0; while [ $i -lt 6000 ]; do echo "line $i"; i=$((i+1)); done; printf end']));
    await exit;
    const console = (await machine.driver.readConsole(id, MIB)).toString();
    assert.match(console, /line 5999\nend$/);
    assert.ok(console.length > 1000 && console.length <= 2 * 16 * 1024, `${console.length} bytes`);
  });

  it('a task whose monitor was killed is ended, and nobody claims to know how', async () => {
    const id = taskId('i-1a');
    const first = await begin(spec('i-1a', ['sleep', '600']));
    process.kill(Number(readFileSync(join(machine.directory, 'state', 'tasks', id, 'conmon.pid'), 'utf8')), 'SIGKILL');
    await peak(async () => Number((await machine.driver.inspect(id, signal())).kind === 'exited'), 1);
    const state = await machine.driver.inspect(id, signal());
    assert.deepEqual(state, { kind: 'exited', exit: { code: undefined, outOfMemory: false, finishedMs: 0 } });
    assert.equal(await peak(async () => Number(!existsSync(`/proc/${first}`)), 1), 1, 'it runs on');
    await machine.driver.destroy(id, signal());
  });
});

/** The highest value seen, until `enough` is reached or ten seconds are over. */
async function peak(measure: () => Promise<number>, enough: number): Promise<number> {
  let most = 0;
  for (let i = 0; i < 200 && most < enough; i++) {
    most = Math.max(most, await measure());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return most;
}
