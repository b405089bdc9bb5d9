import { join } from 'node:path';
import { CommandError } from './command-error.ts';
import { readJson, writeJson } from './data-directory.ts';
import type { ClusterPaths } from './cluster-paths.ts';
import type { ProcessPlan } from './process-plan.ts';
import { SupervisedProcess } from './supervised-process.ts';
import type { ProcessReport } from './process-report.ts';

/** A storage node hands over its partitions first (L4), which takes a moment. */
const STOP_GRACE_MS = 15_000;
/** A compute node asks each of its instances to end, and there may be a hundred. */
const COMPUTE_GRACE_MS = 180_000;
/** Of a shutdown what comes after the instances. */
const SHUTDOWN_GRACE_MS = 20_000;
/** The part of it in which the gateway may finish the requests it has begun. */
const GATEWAY_GRACE_MS = 8_000;

/** The processes of the local cluster. What was stopped on purpose is remembered and stays down, over a restart of `up` too. */
export class Supervisor {
  readonly #processes: ReadonlyMap<string, SupervisedProcess>;
  readonly #stopped: Set<string>;
  readonly #stoppedFile: string;

  private constructor(processes: ReadonlyMap<string, SupervisedProcess>, stopped: Set<string>, stoppedFile: string) {
    this.#processes = processes;
    this.#stopped = stopped;
    this.#stoppedFile = stoppedFile;
  }

  static async open(plans: readonly ProcessPlan[], paths: ClusterPaths, onChange: (report: ProcessReport) => void): Promise<Supervisor> {
    const stoppedFile = join(paths.dataDir, 'stopped.json');
    const stopped = new Set((await readJson(stoppedFile)) as string[] | undefined);
    return new Supervisor(new Map(plans.map((plan) => [plan.name, new SupervisedProcess(plan, paths, onChange)])), stopped, stoppedFile);
  }

  reports(): readonly ProcessReport[] {
    return [...this.#processes.values()].map((process) => process.report());
  }

  /** Starts everything but what was stopped on purpose. */
  async startAll(): Promise<void> {
    await Promise.all([...this.#processes].filter(([name]) => !this.#stopped.has(name)).map(([, process]) => process.start()));
  }

  /** Throws CommandError `refused` when there is no such process. */
  async start(name: string): Promise<ProcessReport> {
    const process = this.#named(name);
    this.#stopped.delete(name);
    await this.#remember();
    await process.start();
    return process.report();
  }

  async stop(name: string): Promise<ProcessReport> {
    const process = this.#named(name);
    // Remembered before it is done: a crash of `up` in between must not bring it back.
    this.#stopped.add(name);
    await this.#remember();
    if (process.plan.kind === 'compute-node') await process.stopByItself(COMPUTE_GRACE_MS);
    else await process.stop(STOP_GRACE_MS);
    return process.report();
  }

  /** As a crash: it is started again. Throws CommandError `refused` when it does not run. */
  kill(name: string): ProcessReport {
    const process = this.#named(name);
    if (!process.kill()) throw new CommandError('refused', `${name} does not run`);
    return process.report();
  }

  /**
   * The instances first, which may have something to store yet. Then the gateway, so that no request is cut off, then the storage nodes, all at once: with
   * the gateway gone there is nobody to hand partitions over to, and each has only its own log to close.
   */
  async shutDown(): Promise<void> {
    await Promise.all(this.#ofKind('compute-node').map((process) => process.stopByItself(COMPUTE_GRACE_MS)));
    const deadlineMs = performance.now() + SHUTDOWN_GRACE_MS;
    const [gateways, nodes] = [this.#ofKind('gateway'), this.#ofKind('storage-node')];
    await Promise.all(gateways.map((process) => process.stop(GATEWAY_GRACE_MS)));
    await Promise.all(nodes.map((process) => process.stop(Math.max(0, deadlineMs - performance.now()))));
  }

  /** Ends everything now. */
  killAll(): void {
    for (const process of this.#processes.values()) process.kill();
  }

  #named(name: string): SupervisedProcess {
    const process = this.#processes.get(name);
    if (process !== undefined) return process;
    throw new CommandError('refused', `there is no process "${name}"; there are ${[...this.#processes.keys()].join(', ')}`);
  }

  #ofKind(kind: ProcessPlan['kind']): SupervisedProcess[] {
    return [...this.#processes.values()].filter((process) => process.plan.kind === kind);
  }

  async #remember(): Promise<void> {
    await writeJson(this.#stoppedFile, [...this.#stopped]);
  }
}
