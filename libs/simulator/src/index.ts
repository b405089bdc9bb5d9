export { isLinearizable, type Operation } from './linearizability.ts';
export { Random } from './random.ts';
export { Schedule } from './schedule.ts';
export { simulate, type RunResult } from './simulate.ts';
export type { AnyRule, HostRule, Violation, WorldOptions } from './world.ts';
