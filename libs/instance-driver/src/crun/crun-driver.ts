import { existsSync, readFileSync, watch } from 'node:fs';
import { writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createProgramShells, identityOf } from '@pilvi/runtime';
import type { ProgramResult } from '@pilvi/runtime';
import { DriverError } from '../errors.ts';
import type { InstanceDriver, TaskState } from '../instance-driver.ts';
import { checkTaskSpec, taskId } from '../task-spec.ts';
import type { TaskId, TaskSpec } from '../task-spec.ts';
import { beginCommand } from './begin-command.ts';
import { findCgroups } from './cgroups.ts';
import { createCompiledFilter } from './compiled-filter.ts';
import { createUnderConmon, refusal } from './conmon.ts';
import { keepConsole, readConsoleLog } from './console-log.ts';
import { followConsoleLog } from './follow-console-log.ts';
import { crunCall } from './crun-call.ts';
import { execInTask } from './exec-session.ts';
import { findTool, missingRequirements } from './missing-requirements.ts';
import { ociBundle } from './oci-bundle.ts';
import { makeRoomForTasks } from './room-for-tasks.ts';
import { bootId, isMonitored, openTaskDirectories, readExit, waitForMonitor } from './task-directory.ts';
import type { TaskRecord } from './task-directory.ts';

export interface CrunDriverOptions {
  /** Everything of the driver lies here; the one thing that a later driver needs. */
  readonly stateDirectory: string;
  /** The parent of all tasks' cgroups, absolute: one of its own for each driver of a machine. */
  readonly cgroupParent: string;
}

/** Tasks as OCI containers, run by crun under conmon. Throws DriverError `unsupported` naming what the machine lacks. */
export async function openCrunDriver({ stateDirectory, cgroupParent }: CrunDriverOptions): Promise<InstanceDriver> {
  const missing = missingRequirements();
  if (missing.length > 0) throw new DriverError('unsupported', `this machine lacks ${missing.join(', ')}`);
  await makeRoomForTasks();
  const directories = await openTaskDirectories(stateDirectory);
  const [crunProgram, ...crunArgs] = crunCall();
  const tools = { crun: crunProgram, conmon: findTool('conmon')! };
  const shells = createProgramShells({ env: { PATH: process.env['PATH'] } });
  const crunRoot = join(stateDirectory, 'crun');
  const runtimeArgs = [...crunArgs, `--root=${crunRoot}`, '--cgroup-manager=cgroupfs'];
  const cgroups = findCgroups();
  const filter = createCompiledFilter();
  const openFilesMax = ownOpenFilesMax();
  const listeners = new Set<(id: TaskId) => void>();
  // Conmon renames an exit file into place. Its coming is only a hint: what is true is always read again.
  const watcher = watch(directories.exitDirectory, (_event, name) => {
    if (name !== null && !name.includes('.')) for (const listener of listeners) listener(taskId(name));
  });

  const crun = (args: readonly string[], signal: AbortSignal): Promise<ProgramResult> =>
    shells.run(tools.crun, [...runtimeArgs, ...args], { signal });

  async function existing(id: TaskId): Promise<TaskRecord> {
    const record = await directories.of(id).read();
    if (record === undefined) throw new DriverError('absent', `there is no task ${id}`);
    return record;
  }

  async function create(spec: TaskSpec, signal: AbortSignal): Promise<{ pid: number }> {
    checkTaskSpec(spec);
    const moveExpected = cgroups.expectMove();
    const directory = directories.of(spec.id);
    if ((await directory.read()) !== undefined) throw new DriverError('exists', `there is a task ${spec.id} already`);
    const record: TaskRecord = { spec, cgroupPath: join(cgroupParent, spec.id), bootId: bootId() };
    // First the record: whatever dies from here on, a later driver knows of the task and can remove all of it.
    await directory.write(record);
    try {
      const annotations = filter.annotations();
      const host = { cgroupPath: record.cgroupPath, openFilesMax, canLimitDisks: cgroups.canLimitDisks };
      await writeFile(join(directory.path, 'config.json'), JSON.stringify({ ...ociBundle(spec, host), annotations }));
      const { exitDirectory } = directories;
      const made = await createUnderConmon(
        { ...tools, shells, id: spec.id, directory, exitDirectory, consoleBytes: spec.consoleBytes, runtimeArgs },
        signal,
      );
      await moveExpected;
      await filter.check(join(crunRoot, spec.id, 'seccomp.bpf'), annotations);
      await directory.write({ ...record, pid: made.pid, conmon: identityOf(made.conmonPid) });
      await keepConsole(directory.consoleDirectory);
      return { pid: made.pid };
    } catch (error) {
      await destroy(spec.id, AbortSignal.timeout(CLEAN_UP_MS));
      throw error;
    }
  }

  async function start(id: TaskId, signal: AbortSignal): Promise<void> {
    await existing(id);
    if (beginCommand(join(crunRoot, id))) return;
    const { code, stderr } = await crun(['start', id], signal);
    if (code === 0 || (await inspect(id, signal)).kind === 'running') return;
    throw refusal(stderr);
  }

  async function inspect(id: TaskId, signal: AbortSignal): Promise<TaskState> {
    const directory = directories.of(id);
    const record = await directory.read();
    if (record === undefined) return { kind: 'absent' };
    // In this order: a monitor writes the exit before it goes.
    const isWatched = isMonitored(record);
    const exit = await readExit(directory);
    if (exit !== undefined)
      return { kind: 'exited', exit: { ...exit, outOfMemory: exit.code === KILLED && existsSync(directory.outOfMemoryFile) } };
    if (!isWatched || record.pid === undefined) {
      // Nobody would see its end: it ends now.
      if (record.bootId === bootId()) await crun(['kill', id, 'SIGKILL'], signal);
      return { kind: 'exited', exit: { code: undefined, outOfMemory: false, finishedMs: 0 } };
    }
    const { code, stdout } = await crun(['state', id], signal);
    // Ended this very moment: the monitor is about to say how.
    const status = code === 0 ? (JSON.parse(stdout) as { status: string }).status : 'stopped';
    return { kind: status === 'created' ? 'created' : 'running', pid: record.pid };
  }

  async function destroy(id: TaskId, signal: AbortSignal): Promise<void> {
    const directory = directories.of(id);
    const record = await directory.read();
    if (record === undefined) return directory.remove();
    // After another boot the numbers in crun's state may be those of strangers: only files are left to remove.
    if (record.bootId === bootId()) {
      const { code, stderr } = await crun(['delete', '--force', id], signal);
      if (code !== 0 && !/does not exist|No such file/i.test(stderr)) throw refusal(stderr);
      await waitForMonitor(record, signal);
      await cgroups.prune(record.cgroupPath);
    }
    await rm(join(crunRoot, id), { recursive: true, force: true });
    await directory.remove();
  }

  function onChange(listener: (id: TaskId) => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Aborts when the task has ended, or `signal` does. */
  async function whenEnded(id: TaskId, signal: AbortSignal): Promise<AbortSignal> {
    const ended = new AbortController();
    const look = async (): Promise<void> => {
      const { kind } = await inspect(id, AbortSignal.timeout(CLEAN_UP_MS));
      if (kind === 'exited' || kind === 'absent') ended.abort();
    };
    const forget = onChange((changed) => {
      if (changed === id) look().catch(() => ended.abort());
    });
    const either = AbortSignal.any([ended.signal, signal]);
    either.addEventListener('abort', forget, { once: true });
    await look();
    return either;
  }

  return {
    create,
    start,
    inspect,
    destroy,
    list: () => directories.list(),
    async kill(id, name, signal) {
      await existing(id);
      const { code, stderr } = await crun(['kill', id, name], signal);
      if (code !== 0) throw new DriverError('wrong-state', `task ${id} takes no signal: ${refusal(stderr).message}`);
    },
    /** What runs in a task ends with it: the kernel sees to that, and here to whoever waits for its end. */
    async exec(id, command, signal) {
      const { spec } = await existing(id);
      const over = new AbortController();
      const ended = await whenEnded(id, AbortSignal.any([signal, over.signal]));
      if ((await inspect(id, signal)).kind !== 'running') throw new DriverError('wrong-state', `task ${id} is not running`);
      const session = execInTask({ crun: tools.crun, runtimeArgs, id, spec, directory: directories.of(id).path, command }, ended);
      const forget = (): void => over.abort();
      session.exited.then(forget, forget);
      return session;
    },
    async usage(id) {
      const { cgroupPath } = await existing(id);
      return cgroups.usage(cgroupPath);
    },
    async readConsole(id, maxBytes) {
      await existing(id);
      return readConsoleLog(directories.of(id).consoleDirectory, maxBytes);
    },
    async *followConsole(id, signal) {
      await existing(id);
      yield* followConsoleLog(directories.of(id).consoleDirectory, await whenEnded(id, signal));
    },
    onChange,
    async [Symbol.asyncDispose]() {
      watcher.close();
    },
  };
}

/** How long the remains of a creation that failed may take to remove. */
const CLEAN_UP_MS = 10_000;
/** 128 and SIGKILL. */
const KILLED = 137;
function ownOpenFilesMax(): number {
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);
}
