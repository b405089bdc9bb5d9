import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT_FOR_BUFFERS, NODE_OPTIONS_FOR_BUFFERS, UNDERSTUDY } from '@pilvi/runtime';
import { repositoryRoot } from './config.ts';
import type { HeldPort } from './held-port.ts';
import { PASSED_THROUGH } from './process-environment.ts';
import type { ProcessPlan } from './process-plan.ts';

/**
 * Node keeps compiled code here, and TypeScript with its types stripped: without it each start of each process loads the stripper, and
 * takes twice as long.
 */
const COMPILE_CACHE_DIR = join(repositoryRoot, 'node_modules/.cache/node-compile');
/** Standard input, output and error come before it. */
const FIRST_INHERITED_FD = 3;

export interface LaunchOptions {
  readonly logDir: string;
  /** The public port, inherited. */
  readonly port: HeldPort | undefined;
  /** An understudy waits for its call on its standard input. */
  readonly as: 'itself' | 'understudy';
}

/** Starts a process of the cluster, in a process group of its own: Ctrl-C in the terminal reaches only `up`, which stops everything in order. */
export function launchProcess(plan: ProcessPlan, { logDir, port, as }: LaunchOptions): ChildProcess {
  mkdirSync(plan.dataDir, { recursive: true, mode: 0o700 });
  // The process's own stack traces and Node's warnings belong into its log as well: the descriptor is its standard output.
  const log = openSync(join(logDir, `${plan.name}.log`), 'a', 0o600);
  const child = spawn(process.execPath, [...NODE_OPTIONS_FOR_BUFFERS, plan.program], {
    env: {
      NODE_COMPILE_CACHE: COMPILE_CACHE_DIR,
      ...passedThrough(),
      ...ENVIRONMENT_FOR_BUFFERS,
      ...plan.env,
      ...(port === undefined ? {} : { PILVI_HTTP_FD: String(FIRST_INHERITED_FD) }),
      ...(as === 'understudy' ? { [UNDERSTUDY]: '1' } : {}),
    },
    // By the last it tells once that it hears signals.
    stdio: [as === 'understudy' ? 'pipe' : 'ignore', log, log, ...(port === undefined ? [] : [port.fd]), 'ipc'],
    detached: true,
  });
  closeSync(log);
  return child;
}

function passedThrough(): Record<string, string> {
  return Object.fromEntries(PASSED_THROUGH.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
