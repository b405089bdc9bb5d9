import { DriverError } from './errors.ts';

/** Names a task on its node; the instance's id does. */
export type TaskId = string & { readonly __brand: 'TaskId' };

const TASK_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Parses an id: lower-case letters, digits and dashes, 64 at most (it becomes a directory and a cgroup). */
export function taskId(text: string): TaskId {
  if (!TASK_ID.test(text)) throw new DriverError('bad-spec', `"${text}" is no task id`);
  return text as TaskId;
}

/** All that a driver must know to make a task. */
export interface TaskSpec {
  readonly id: TaskId;
  /** The task's root: a directory that is ready for it and whose files belong to `idRange`. The driver neither makes nor removes it. */
  readonly rootDirectory: string;
  /** User and group 0 of the task are `firstId` outside, and so on; everything else is nobody. */
  readonly idRange: IdRange;
  readonly command: TaskCommand;
  readonly hostname: string;
  /** Path of the network namespace that it lives in, made by others; without one it gets its own, empty but for loopback. */
  readonly networkNamespace?: string;
  /** Files and directories of the host shown inside. */
  readonly mounts: readonly TaskMount[];
  readonly limits: TaskLimits;
  /** The console keeps at least this much of the latest output, and twice that at most. */
  readonly consoleBytes: number;
}

export interface IdRange {
  readonly firstId: number;
  readonly count: number;
}

export interface TaskCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: { readonly uid: number; readonly gid: number };
}

export interface TaskMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface TaskLimits {
  /** Processor time: 0.5 is half of one core. */
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly pids: number;
  readonly disk?: DiskLimits;
}

/** What it may read per second from a block device that is its own, and again what it may write; 0: unlimited. */
export interface DiskLimits {
  readonly device: { readonly major: number; readonly minor: number };
  readonly bytesPerSecond: number;
  readonly operationsPerSecond: number;
}

const SMALLEST_MEMORY_BYTES = 4 * 1024 * 1024;

/** Throws DriverError `bad-spec` for what no driver could run. */
export function checkTaskSpec(spec: TaskSpec): void {
  const { command, limits, idRange } = spec;
  taskId(spec.id);
  const refuse = (message: string): never => {
    throw new DriverError('bad-spec', message);
  };
  if ((command.argv[0] ?? '') === '') refuse('the command is empty');
  const texts = [...command.argv, ...Object.entries(command.env).flat(), command.cwd, spec.hostname, spec.rootDirectory];
  if (texts.some((text) => text.includes('\0'))) refuse('the command holds a NUL character');
  if (!command.cwd.startsWith('/')) refuse(`the working directory "${command.cwd}" is not absolute`);
  if (!spec.rootDirectory.startsWith('/')) refuse(`the root "${spec.rootDirectory}" is not absolute`);
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/.test(spec.hostname)) refuse(`"${spec.hostname}" is no host name`);
  if (!(limits.vcpus >= 0.01)) refuse('less than a hundredth of a core');
  if (!(limits.memoryBytes >= SMALLEST_MEMORY_BYTES)) refuse('less than 4 MiB of memory');
  if (!Number.isInteger(limits.pids) || limits.pids < 1) refuse('no process allowed');
  if (limits.disk !== undefined && !(limits.disk.bytesPerSecond >= 0 && limits.disk.operationsPerSecond >= 0))
    refuse('a negative limit of a disk');
  if (idRange.firstId < 1 || idRange.count < 1 || idRange.firstId + idRange.count > 2 ** 32 - 1)
    refuse('the range of user ids is not possible');
  if (command.user.uid >= idRange.count || command.user.gid >= idRange.count) refuse('the user is outside the range of user ids');
  if (!(spec.consoleBytes >= 1024)) refuse('less than 1 KiB of console');
  for (const mount of spec.mounts)
    if (!mount.source.startsWith('/') || !mount.target.startsWith('/'))
      refuse(`the mount ${mount.source} at ${mount.target} is not absolute`);
}
