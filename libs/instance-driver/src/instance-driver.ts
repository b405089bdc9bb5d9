import type { Readable, Writable } from 'node:stream';
import type { TaskId, TaskSpec } from './task-spec.ts';

/**
 * Runs tasks: isolated processes, each in a root and a network of its own. The seam between the agent and the machine, in the manner
 * of Nomad's drivers. Tasks outlive the driver: its disposal leaves them running, and a later driver over the same state finds them.
 * Every call rejects with a DriverError.
 */
export interface InstanceDriver extends AsyncDisposable {
  /** Makes a task whose command waits for `start`, so that its network can be attached to `pid` first. `exists` when there is one of this id. */
  create(spec: TaskSpec, signal: AbortSignal): Promise<{ readonly pid: number }>;
  /** Lets the command of a created task begin. Starting a running task is no error. */
  start(id: TaskId, signal: AbortSignal): Promise<void>;
  /** Every task that was created and not destroyed, also those of an earlier driver. */
  list(): Promise<readonly TaskId[]>;
  /** What is true now, as the machine tells it. */
  inspect(id: TaskId, signal: AbortSignal): Promise<TaskState>;
  /** Sends a signal to the task's first process. */
  kill(id: TaskId, name: TaskSignal, signal: AbortSignal): Promise<void>;
  /** Runs a further command inside a running task. */
  exec(id: TaskId, command: ExecCommand, signal: AbortSignal): Promise<ExecSession>;
  /** What the task uses now. */
  usage(id: TaskId): Promise<TaskUsage>;
  /** The last `maxBytes` of what the task wrote to its standard output and error. Bounded by the task's `consoleBytes`, twice at most. */
  readConsole(id: TaskId, maxBytes: number): Promise<Buffer>;
  /** The same from its begin, and then what comes, until the task has ended or `signal` aborts. Whoever reads slowly may miss a part, and holds up nobody. */
  followConsole(id: TaskId, signal: AbortSignal): AsyncIterable<Buffer>;
  /** Ends the task if it runs, and removes all that the driver keeps of it. Destroying an absent task is no error. */
  destroy(id: TaskId, signal: AbortSignal): Promise<void>;
  /** Tells that a task's state may have changed: look again. Returns what ends the telling. */
  onChange(listener: (id: TaskId) => void): () => void;
}

export type TaskState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'created' | 'running'; readonly pid: number }
  | { readonly kind: 'exited'; readonly exit: TaskExit };

export interface TaskExit {
  /** The exit code; 128 and the signal's number for a process ended by a signal. Undefined when nobody was there to see it (the machine went down, or the monitor was killed). */
  readonly code: number | undefined;
  /** The kernel ended it because it used more memory than its limit. */
  readonly outOfMemory: boolean;
  /** Milliseconds since the epoch. */
  readonly finishedMs: number;
}

export type TaskSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT' | 'SIGUSR1' | 'SIGUSR2' | 'SIGKILL';

export interface ExecCommand {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The task's own by default. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /**
   * With one, the command's output and errors both come on `stdout`, as a terminal shows them. The last of it may be lost when the command ends in the same
   * moment: crun looks for its end first.
   */
  readonly terminal?: TerminalSize;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** One command inside a task. */
export interface ExecSession {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The exit code, as TaskExit counts it. A command that cannot be found is 127. */
  readonly exited: Promise<number>;
  kill(name: TaskSignal): void;
  /** Means nothing without a terminal. */
  resize(size: TerminalSize): void;
}

export interface TaskUsage {
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly pids: number;
}
