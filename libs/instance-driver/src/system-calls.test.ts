import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { createCompiledFilter } from './crun/compiled-filter.ts';
import { DriverError } from './errors.ts';
import { untilExit } from './compliance.ts';
import { taskId } from './task-spec.ts';
import type { TaskId } from './task-spec.ts';
import { ID_RANGE, openCrunMachine, whyNoCrun } from './testing/crun-machine.ts';
import type { CrunMachine } from './testing/crun-machine.ts';
import { writeSyscallProbe } from './testing/syscall-probe.ts';

const { EPERM, ENOSYS } = constants.errno;
type Call = readonly [number, ...number[]];

const NEWUSER = 0x10000000;
const REFUSED: Record<string, readonly [number, ...number[]]> = {
  mount: [165],
  umount2: [166],
  pivot_root: [155],
  unshare: [272, NEWUSER],
  'clone with a new user namespace': [56, NEWUSER | 17],
  setns: [308, 0, 0],
  open_tree: [428],
  move_mount: [429],
  fsopen: [430],
  mount_setattr: [442],
  bpf: [321],
  perf_event_open: [298],
  keyctl: [250],
  add_key: [248],
  request_key: [249],
  io_uring_setup: [425, 1],
  userfaultfd: [323, 1],
  kexec_load: [246],
  kexec_file_load: [320],
  init_module: [175],
  finit_module: [313],
  delete_module: [176],
  reboot: [169],
  swapon: [167],
  syslog: [103],
  open_by_handle_at: [304],
  quotactl: [179],
  settimeofday: [164],
  sethostname: [170],
  iopl: [172, 3],
  'socket(AF_PACKET)': [41, 17, 3],
  'socket(AF_VSOCK)': [41, 40, 1],
  'socket(AF_ALG)': [41, 38, 5],
};
const CLONE3 = 435;
const GETPPID = 110;

const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const whyNot = whyNoCrun() || (process.arch !== 'x64' && 'NOT TRIED: the probe is for x86-64');

/** Crun compiles the filter for the first task of a driver; every later one is given that of the first. */
describe('the system call filter', { skip: whyNot }, () => {
  let machine: CrunMachine;
  const pids = new Map<TaskId, number>();
  const TASKS = [taskId('i-0a'), taskId('i-0b')] as const;

  const begin = async (id: TaskId, argv: readonly string[]): Promise<void> => {
    const { pid } = await machine.driver.create(
      {
        id,
        rootDirectory: machine.rootDirectory,
        idRange: ID_RANGE,
        command: { argv, env: { PATH: '/bin' }, cwd: '/', user: { uid: 0, gid: 0 } },
        hostname: 'ip-10-0-0-1',
        mounts: [],
        limits: { vcpus: 1, memoryBytes: 64 * 1024 * 1024, pids: 40 },
        consoleBytes: 16 * 1024,
      },
      signal(),
    );
    pids.set(id, pid);
    await machine.driver.start(id, signal());
  };
  const inside = async (id: TaskId, ...argv: readonly string[]): Promise<{ said: string; code: number }> => {
    const session = await machine.driver.exec(id, { argv }, signal());
    session.stdin.end();
    const [said, , code] = await Promise.all([text(session.stdout), text(session.stderr), session.exited]);
    return { said: said.trim(), code };
  };
  const writeProbe = ([number, ...args]: Call): void => writeSyscallProbe(join(machine.rootDirectory, 'bin', 'probe'), number, args);
  const keptFilter = (id: TaskId): Buffer => readFileSync(join(machine.directory, 'state', 'crun', id, 'seccomp.bpf'));
  const annotationsOf = (id: TaskId): unknown =>
    (JSON.parse(readFileSync(join(machine.directory, 'state', 'tasks', id, 'config.json'), 'utf8')) as { annotations: unknown })
      .annotations;

  before(async () => {
    machine = await openCrunMachine();
    for (const id of TASKS) await begin(id, ['sleep', '600']);
  });
  after(() => machine[Symbol.asyncDispose]());

  it('the system call filter of each task is that of the first, byte for byte', () => {
    const [first, second] = TASKS;
    assert.deepEqual(annotationsOf(first), {});
    assert.deepEqual(annotationsOf(second), { 'run.oci.seccomp_bpf_data': keptFilter(first).toString('base64') });
    assert.deepEqual(keptFilter(second), keptFilter(first));
  });

  it('it is in force for the first process and for what is run beside it', async () => {
    for (const id of TASKS) {
      const status = readFileSync(`/proc/${pids.get(id)}/status`, 'utf8');
      assert.match(status, /^Seccomp:\s+2$/m);
      assert.match(status, /^Seccomp_filters:\s+1$/m);
      assert.match((await inside(id, 'grep', 'Seccomp', '/proc/self/status')).said, /^Seccomp:\s+2\nSeccomp_filters:\s+1$/);
    }
  });

  it('system calls outside the list are refused', async () => {
    for (const id of TASKS) {
      const errnoOf = async (call: Call): Promise<number> => {
        writeProbe(call);
        return (await inside(id, '/bin/probe')).code;
      };
      const answers: Record<string, number> = {};
      for (const [name, call] of Object.entries(REFUSED)) answers[name] = await errnoOf(call);
      assert.deepEqual(answers, Object.fromEntries(Object.keys(REFUSED).map((name) => [name, EPERM])));
      // The C library must fall back to clone, and ordinary calls work.
      assert.equal(await errnoOf([CLONE3]), ENOSYS);
      assert.equal(await errnoOf([41, 2, 1]), 0, 'socket(AF_INET)');
      assert.equal(await errnoOf([GETPPID]), 0, 'getppid');
    }
  });

  it('so they are to the first process', async () => {
    const answers: number[] = [];
    for (const call of [REFUSED['mount']!, [CLONE3] as const, [GETPPID] as const]) {
      const id = taskId(`i-1${answers.length}`);
      writeProbe(call);
      const exit = untilExit(machine.driver, id);
      await begin(id, ['/bin/probe']);
      answers.push((await exit).code ?? -1);
      await machine.driver.destroy(id, signal());
    }
    assert.deepEqual(answers, [EPERM, ENOSYS, 0]);
  });

  it('a filter that is not the one that was given, or is none, is told, and is not given again', async () => {
    const filter = createCompiledFilter();
    const file = join(machine.directory, 'seccomp.bpf');
    await assert.rejects(filter.check(join(machine.directory, 'absent'), filter.annotations()), DriverError);
    assert.deepEqual(filter.annotations(), {});
    writeFileSync(file, 'compiled');
    await filter.check(file, filter.annotations());
    const given = filter.annotations();
    await filter.check(file, given);
    for (const other of ['', 'compiled otherwise']) {
      writeFileSync(file, other);
      await assert.rejects(filter.check(file, given), DriverError);
      assert.deepEqual(filter.annotations(), {});
    }
  });
});
