export { DriverError, type DriverErrorCode } from './errors.ts';
export type {
  ExecCommand,
  ExecSession,
  InstanceDriver,
  TaskExit,
  TaskSignal,
  TaskState,
  TaskUsage,
  TerminalSize,
} from './instance-driver.ts';
export { taskId, type IdRange, type TaskCommand, type TaskId, type TaskLimits, type TaskMount, type TaskSpec } from './task-spec.ts';
export { openCrunDriver, type CrunDriverOptions } from './crun/crun-driver.ts';
export { findTool, missingRequirements } from './crun/missing-requirements.ts';
