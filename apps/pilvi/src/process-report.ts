import type { ProcessPlan } from './process-plan.ts';

/** `stopped`: on purpose. `crashed`: waits for its restart. */
export type ProcessState = 'running' | 'stopping' | 'stopped' | 'crashed';

export interface ProcessReport {
  readonly name: string;
  readonly kind: ProcessPlan['kind'];
  readonly state: ProcessState;
  /** 0 unless running or stopping. */
  readonly pid: number;
  /** Starts after crashes, since `up` began. */
  readonly restarts: number;
  /** Crashes in a row, none of which came after some good seconds. */
  readonly crashes: number;
  /** How it ended last: "exit code 1", "SIGKILL"; empty before. */
  readonly lastEnd: string;
}
