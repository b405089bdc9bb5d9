import type { ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, systemRandom } from '@pilvi/runtime';
import type { ClusterPaths } from './cluster-paths.ts';
import { holdPort } from './held-port.ts';
import type { HeldPort } from './held-port.ts';
import { launchProcess } from './launch-process.ts';
import type { ProcessPlan } from './process-plan.ts';
import type { ProcessReport, ProcessState } from './process-report.ts';
import { createUnderstudy } from './understudy.ts';
import type { Understudy } from './understudy.ts';

/** A process that ran this long is well: its next crash counts as its first. One that cannot serve ends sooner than that. */
const WELL_AFTER_MS = 4_000;
/** A signal comes from outside, from somebody who tries a failure or from the kernel: one that serves by then is well, too. */
export const WELL_WHEN_KILLED_AFTER_MS = 1_000;
const UNDERSTUDY_AFTER_MS = 2_000;
const TRIES_TO_STOP = 3;
/** A start that takes longer than this hangs. */
const HEARS_WITHIN_MS = 20_000;
/** Of the second restart and the ones after it: the first is at once, for those who wait, unless the plan says otherwise; one that keeps crashing does not eat the machine. */
const RESTART = { firstMs: 20, capMs: 5_000, factor: 2 };

/** One process kept running: started again after each crash, with backoff, until it is stopped on purpose. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #paths: ClusterPaths;
  readonly #onChange: (report: ProcessReport) => void;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  /** False: it ended before. */
  #hears = Promise.resolve(false);
  #wanted = false;
  /** By us: not one that ended under our hands. */
  #isKilled = false;
  #state: ProcessState = 'stopped';
  #crashes = 0;
  #restarts = 0;
  #lastEnd = '';
  #restartTimer: NodeJS.Timeout | undefined;
  #understudy: Understudy | undefined;
  #understudyTimer: NodeJS.Timeout | undefined;
  /** Kept between a crash and the restart; not while it is stopped on purpose. */
  #port: HeldPort | undefined;

  constructor(plan: ProcessPlan, paths: ClusterPaths, onChange: (report: ProcessReport) => void) {
    this.plan = plan;
    this.#paths = paths;
    this.#onChange = onChange;
  }

  report(): ProcessReport {
    const pid = this.#child?.pid ?? 0;
    return {
      name: this.plan.name,
      kind: this.plan.kind,
      state: this.#state,
      pid,
      restarts: this.#restarts,
      crashes: this.#crashes,
      lastEnd: this.#lastEnd,
    };
  }

  /** Starts it unless it runs; resolves when the process exists, not when it serves. */
  async start(): Promise<void> {
    this.#wanted = true;
    clearTimeout(this.#restartTimer);
    await this.#ended;
    if (this.#child === undefined) this.#spawn();
  }

  /** SIGTERM, SIGKILL after `graceMs`; resolves when it is gone. It stays down until `start`. */
  async stop(graceMs: number): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#restartTimer);
    const child = this.#child;
    if (child === undefined) {
      this.#stopped();
      return;
    }
    this.#become('stopping');
    child.kill('SIGTERM');
    const lastResort = setTimeout(() => this.kill(), graceMs);
    await this.#ended;
    clearTimeout(lastResort);
  }

  /**
   * `stop` of a process whose graceful end does something: a compute node ends its instances. None is asked before it can hear, for the signal would only end
   * it, and one that was killed, a moment ago or meanwhile, is started again for it. One whose start hangs is asked all the same.
   */
  async stopByItself(graceMs: number): Promise<void> {
    for (let tries = 0; this.#wanted && tries < TRIES_TO_STOP; tries++) {
      if (this.#isKilled) await this.#ended;
      if (this.#child === undefined) this.#restart();
      const child = this.#child;
      const hears = await Promise.race([this.#hears, sleep(Math.min(graceMs, HEARS_WITHIN_MS), 'no word', { ref: false })]);
      if (hears === 'no word') break;
      if (!hears) continue;
      await this.stop(graceMs);
      this.#wanted = child?.signalCode !== null && !this.#isKilled;
    }
    await this.stop(graceMs);
  }

  /** SIGKILL, as a crash would end it; a process that should run is started again. False: it does not run. */
  kill(): boolean {
    this.#isKilled = this.#child?.kill('SIGKILL') ?? false;
    return this.#isKilled;
  }

  #launch(as: 'itself' | 'understudy'): ChildProcess {
    const { http } = this.plan;
    if (http !== undefined) this.#port ??= holdPort(http.bind, http.port);
    return launchProcess(this.plan, { logDir: this.#paths.logDir, port: this.#port, as });
  }

  /** Synchronous, so that no stop can slip in between the decision and the child. */
  #spawn(): void {
    const startedMs = performance.now();
    const child = this.#understudy?.call() ?? this.#launch('itself');
    this.#understudy = undefined;
    this.#prepareUnderstudy();
    this.#child = child;
    this.#isKilled = false;
    if (child.pid !== undefined) writeFileSync(this.#pidFile(), `${String(child.pid)}\n`);
    this.#become('running');
    this.#hears = new Promise((resolve) => {
      child.once('message', () => resolve(true));
      child.once('exit', () => resolve(false));
      child.once('error', () => resolve(false));
    });
    this.#ended = new Promise((resolve) => {
      const end = (how: string, wellAfterMs: number): void => {
        this.#onEnd(how, performance.now() - startedMs >= wellAfterMs);
        resolve();
      };
      child.once('error', (error) => {
        if (child.pid === undefined) end(error.message, WELL_AFTER_MS);
      });
      child.once('exit', (code, signal) => {
        end(signal ?? `exit code ${String(code)}`, signal === null ? WELL_AFTER_MS : WELL_WHEN_KILLED_AFTER_MS);
      });
    });
  }

  /** When the process itself has had time to start. */
  #prepareUnderstudy(): void {
    if (this.plan.understudy !== true) return;
    this.#understudyTimer = setTimeout(() => {
      this.#understudy = createUnderstudy(this.#launch('understudy'));
    }, UNDERSTUDY_AFTER_MS).unref();
  }

  #onEnd(how: string, wasWell: boolean): void {
    this.#child = undefined;
    this.#lastEnd = how;
    clearTimeout(this.#understudyTimer);
    if (!this.#wanted) {
      this.#stopped();
      return;
    }
    this.#crashes = wasWell ? 1 : this.#crashes + 1;
    this.#become('crashed');
    const backoff = this.#crashes === 1 ? 0 : backoffMs(RESTART, this.#crashes - 1, systemRandom);
    const pauseMs = Math.max(backoff, this.plan.restartAfterMs ?? 0);
    this.#restartTimer = setTimeout(() => this.#restart(), pauseMs);
  }

  #restart(): void {
    clearTimeout(this.#restartTimer);
    this.#restarts += 1;
    this.#spawn();
  }

  #stopped(): void {
    clearTimeout(this.#understudyTimer);
    this.#understudy?.dismiss();
    this.#understudy = undefined;
    this.#port?.close();
    this.#port = undefined;
    rmSync(this.#pidFile(), { force: true });
    this.#become('stopped');
  }

  #become(state: ProcessState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#onChange(this.report());
  }

  #pidFile(): string {
    return join(this.#paths.runDir, `${this.plan.name}.pid`);
  }
}
