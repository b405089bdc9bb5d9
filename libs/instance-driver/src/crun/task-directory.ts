import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, systemClock } from '@pilvi/runtime';
import type { ProcessIdentity } from '@pilvi/runtime';
import { taskId } from '../task-spec.ts';
import type { TaskId, TaskSpec } from '../task-spec.ts';

/** What the driver keeps of its tasks on disk: it is all that a later driver knows. */
export interface TaskDirectories {
  readonly exitDirectory: string;
  of(id: TaskId): TaskDirectory;
  list(): Promise<readonly TaskId[]>;
}

export interface TaskDirectory {
  /** Also the OCI bundle: `config.json` lies here. */
  readonly path: string;
  readonly consoleDirectory: string;
  readonly pidFile: string;
  readonly conmonPidFile: string;
  /** Written by conmon when the task ends; holds the exit code. */
  readonly exitFile: string;
  /** Made by conmon when the kernel killed for memory. */
  readonly outOfMemoryFile: string;
  /** Undefined when there is no such task. */
  read(): Promise<TaskRecord | undefined>;
  /** Survives whatever happens to this process; done before anything of the task is made. */
  write(record: TaskRecord): Promise<void>;
  remove(): Promise<void>;
}

export interface TaskRecord {
  readonly spec: TaskSpec;
  readonly cgroupPath: string;
  /** The boot that the task belongs to: process numbers of another one mean nothing. */
  readonly bootId: string;
  /** The monitor; absent while the task is being made. */
  readonly conmon?: ProcessIdentity;
  readonly pid?: number;
}

const RECORD_FILE = 'task.json';

export async function openTaskDirectories(stateDirectory: string): Promise<TaskDirectories> {
  const tasks = join(stateDirectory, 'tasks');
  const exitDirectory = join(stateDirectory, 'exits');
  await mkdir(tasks, { recursive: true, mode: 0o700 });
  await mkdir(exitDirectory, { recursive: true, mode: 0o700 });
  return {
    exitDirectory,
    of: (id) => taskDirectory(join(tasks, id), join(exitDirectory, id)),
    list: async () => (await readdir(tasks)).map(taskId),
  };
}

function taskDirectory(path: string, exitFile: string): TaskDirectory {
  return {
    path,
    consoleDirectory: join(path, 'console'),
    pidFile: join(path, 'pid'),
    conmonPidFile: join(path, 'conmon.pid'),
    exitFile,
    outOfMemoryFile: join(path, 'oom'),
    async read() {
      try {
        return JSON.parse(await readFile(join(path, RECORD_FILE), 'utf8')) as TaskRecord;
      } catch (error) {
        // Half a record is one that a power cut broke off, and the task with it.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
    async write(record) {
      await mkdir(join(path, 'console'), { recursive: true, mode: 0o700 });
      // Replaced at once and not fsynced: only a power cut could lose it, and no task outlives one.
      const file = join(path, RECORD_FILE);
      await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
    async remove() {
      // The exit file last: without it, a task half removed would seem to be one whose monitor was lost.
      await rm(path, { recursive: true, force: true });
      await rm(exitFile, { force: true });
    },
  };
}

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** The exit that conmon wrote, if it has. */
export async function readExit(directory: TaskDirectory): Promise<{ code: number; finishedMs: number } | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(directory.exitFile, 'utf8'), stat(directory.exitFile)]);
    return text === '' ? undefined : { code: Number(text), finishedMs: Math.round(mtimeMs) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether somebody still watches over the task, on this boot. */
export function isMonitored(record: TaskRecord): boolean {
  return record.bootId === bootId() && record.conmon !== undefined && isAlive(record.conmon);
}

const MONITOR_POLL_MS = 5;

/** After its task's end conmon writes a last file: it must be gone before its directory goes. */
export async function waitForMonitor(record: TaskRecord, signal: AbortSignal): Promise<void> {
  while (isMonitored(record)) await systemClock.sleep(MONITOR_POLL_MS, signal);
}
