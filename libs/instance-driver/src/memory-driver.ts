import { constants } from 'node:os';
import { PassThrough } from 'node:stream';
import { systemClock } from '@pilvi/runtime';
import type { Clock } from '@pilvi/runtime';
import { DriverError } from './errors.ts';
import type { ExecCommand, ExecSession, InstanceDriver, TaskExit, TaskSignal, TaskState } from './instance-driver.ts';
import { MEMORY_PROGRAMS } from './memory-programs.ts';
import type { MemoryProgram } from './memory-programs.ts';
import { checkTaskSpec } from './task-spec.ts';
import type { TaskId, TaskSpec } from './task-spec.ts';

/** The machine below in-memory drivers: its tasks go on when a driver is disposed of, and end with this process. */
export interface MemoryMachine {
  readonly tasks: Map<TaskId, MemoryTask>;
  readonly programs: Readonly<Record<string, MemoryProgram>>;
  readonly clock: Clock;
  readonly listeners: Set<(id: TaskId) => void>;
  nextPid: number;
}

interface MemoryTask {
  readonly spec: TaskSpec;
  readonly pid: number;
  readonly console: MemoryConsole;
  state: Exclude<TaskState, { kind: 'absent' }>;
  readonly processes: Set<RunningProcess>;
}

interface MemoryConsole {
  text: Buffer;
  /** All that was ever written, of which `text` is the last. */
  writtenBytes: number;
}

interface RunningProcess {
  readonly exited: Promise<number>;
  kill(name: TaskSignal): void;
}

export function createMemoryMachine(options: { clock?: Clock; programs?: Readonly<Record<string, MemoryProgram>> } = {}): MemoryMachine {
  const { clock = systemClock, programs = MEMORY_PROGRAMS } = options;
  return { tasks: new Map(), programs, clock, listeners: new Set(), nextPid: 1000 };
}

/** A driver that isolates nothing, since its programs are functions: for tests, and for looking at a cluster where there is no root. */
export function openMemoryDriver(machine: MemoryMachine): InstanceDriver {
  const own = new Set<(id: TaskId) => void>();
  const existing = (id: TaskId): MemoryTask => {
    const task = machine.tasks.get(id);
    if (task === undefined) throw new DriverError('absent', `there is no task ${id}`);
    return task;
  };
  return {
    async create(spec) {
      checkTaskSpec(spec);
      if (machine.tasks.has(spec.id)) throw new DriverError('exists', `there is a task ${spec.id} already`);
      findProgram(machine, spec.command.argv);
      const pid = machine.nextPid++;
      machine.tasks.set(spec.id, {
        spec,
        pid,
        console: { text: Buffer.alloc(0), writtenBytes: 0 },
        state: { kind: 'created', pid },
        processes: new Set(),
      });
      return { pid };
    },
    async start(id) {
      const task = existing(id);
      if (task.state.kind === 'exited') throw new DriverError('wrong-state', `task ${id} has ended`);
      if (task.state.kind === 'created') startTask(machine, task);
    },
    list: async () => [...machine.tasks.keys()],
    inspect: async (id) => machine.tasks.get(id)?.state ?? { kind: 'absent' },
    async kill(id, name) {
      const task = existing(id);
      if (task.state.kind === 'exited') throw new DriverError('wrong-state', `task ${id} has ended`);
      if (task.state.kind === 'created') endTask(machine, task, 128 + constants.signals[name]);
      else for (const process of task.processes) process.kill(name);
    },
    async exec(id, command) {
      const task = existing(id);
      if (task.state.kind !== 'running') throw new DriverError('wrong-state', `task ${id} is not running`);
      return execIn(machine, task, command);
    },
    usage: async (id) => ({ cpuMs: 0, memoryBytes: 0, pids: existing(id).processes.size }),
    readConsole: async (id, maxBytes) => existing(id).console.text.subarray(-maxBytes),
    followConsole: (id, signal) => followConsole(machine, () => existing(id), signal),
    async destroy(id) {
      const task = machine.tasks.get(id);
      machine.tasks.delete(id);
      for (const process of task?.processes ?? []) process.kill('SIGKILL');
    },
    onChange(listener) {
      own.add(listener);
      machine.listeners.add(listener);
      return () => {
        own.delete(listener);
        machine.listeners.delete(listener);
      };
    },
    async [Symbol.asyncDispose]() {
      for (const listener of own) machine.listeners.delete(listener);
    },
  };
}

function startTask(machine: MemoryMachine, task: MemoryTask): void {
  task.state = { kind: 'running', pid: task.pid };
  const { argv, env } = task.spec.command;
  const write = (text: string): void => {
    const { console } = task;
    console.text = Buffer.concat([console.text, Buffer.from(text)]).subarray(-2 * task.spec.consoleBytes);
    console.writtenBytes += Buffer.byteLength(text);
  };
  const process = run(machine, { argv, env, input: emptyInput(), write });
  task.processes.add(process);
  void process.exited.then((code) => {
    // The first process was the task: whatever else runs in it ends too.
    for (const other of task.processes) other.kill('SIGKILL');
    endTask(machine, task, code);
  });
}

function endTask(machine: MemoryMachine, task: MemoryTask, code: number): void {
  const exit: TaskExit = { code, outOfMemory: false, finishedMs: machine.clock.wallMs() };
  task.state = { kind: 'exited', exit };
  for (const listener of machine.listeners) listener(task.spec.id);
}

const LOOK_MS = 5;

async function* followConsole({ clock }: MemoryMachine, find: () => MemoryTask, signal: AbortSignal): AsyncIterable<Buffer> {
  const task = find();
  const { console } = task;
  for (let readBytes = 0; !signal.aborted;) {
    const isOver = task.state.kind === 'exited';
    const missing = console.writtenBytes - readBytes;
    readBytes = console.writtenBytes;
    if (missing > 0) yield console.text.subarray(-missing);
    else if (isOver) return;
    else await clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}

function execIn(machine: MemoryMachine, task: MemoryTask, command: ExecCommand): ExecSession {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const env = { ...task.spec.command.env, ...command.env };
  const isKnown = machine.programs[command.argv[0] ?? ''] !== undefined;
  const process = isKnown
    ? run(machine, { argv: command.argv, env, input: stdin, write: (text) => void stdout.write(text) })
    : { exited: Promise.resolve(127), kill: () => undefined };
  task.processes.add(process);
  const exited = process.exited.finally(() => {
    task.processes.delete(process);
    stdout.end();
    stderr.end();
  });
  return { stdin, stdout, stderr, exited, kill: process.kill, resize: () => undefined };
}

/** One program until it ends or is told to. */
function run(
  machine: MemoryMachine,
  process: { argv: readonly string[]; env: Readonly<Record<string, string>>; input: AsyncIterable<Buffer>; write(text: string): void },
): RunningProcess {
  const ending = new AbortController();
  const killed = Promise.withResolvers<number>();
  const program = findProgram(machine, process.argv);
  const ran = program({ ...process, wait: (ms) => machine.clock.sleep(ms, ending.signal) });
  return {
    exited: Promise.race([ran.catch(() => 1), killed.promise]),
    kill(name) {
      killed.resolve(128 + constants.signals[name]);
      ending.abort(new Error(name));
    },
  };
}

function findProgram(machine: MemoryMachine, argv: readonly string[]): MemoryProgram {
  const program = machine.programs[argv[0] ?? ''];
  if (program === undefined) throw new DriverError('command-not-found', `there is no program ${argv[0] ?? ''}`);
  return program;
}

async function* emptyInput(): AsyncIterable<Buffer> {}
