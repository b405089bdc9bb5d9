import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { startFakeGateway } from './fake-gateway.ts';
import type { FakeGateway } from './fake-gateway.ts';

const MAIN = join(import.meta.dirname, '../main.ts');

/** A compute node as a process of its own, with a gateway of ours. */
export interface NodeProcess extends AsyncDisposable {
  readonly directory: string;
  readonly gateway: FakeGateway;
  start(): void;
  /** Resolves with its exit code when it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Everything that is on the machine because of this node: mounts, loop devices, control groups, processes. */
  traces(): readonly string[];
}

export async function createNodeProcess(): Promise<NodeProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'pilvi-cn-'));
  const gateway = await startFakeGateway(directory);
  const env = {
    ...process.env,
    PILVI_PROCESS_NAME: 'compute-1',
    PILVI_ZONE: 'zone-1',
    PILVI_PROCESS_DATA_DIR: join(directory, 'compute-1'),
    PILVI_GATEWAY_ADDRESSES: gateway.address,
    PILVI_TLS_DIR: '',
  };
  const config = readConfig(env);
  let child: ChildProcess | undefined;

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return ending?.exitCode ?? null;
    const exited = once(ending, 'exit') as Promise<[number | null]>;
    ending.kill(signal);
    const [code] = await exited;
    await gateway.parted();
    return code;
  }
  const traces = (): readonly string[] => {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(config.mountDirectory) || line.includes(directory));
    const groups = ['pids', 'memory', 'cpu', 'systemd', 'unified', '.']
      .map((tree) => join('/sys/fs/cgroup', tree, config.cgroupParent))
      .filter(existsSync);
    return [...mounts, ...groups];
  };

  return {
    directory,
    gateway,
    traces,
    end,
    start() {
      const started = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'inherit', 'inherit'] });
      child = started;
      started.once('exit', (code, signal) => {
        // Otherwise it was asked to.
        if (child === started) gateway.lost(new Error(`the node ended by itself: ${signal ?? `exit code ${String(code)}`}`));
      });
    },
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
      await gateway[Symbol.asyncDispose]();
      const left = traces();
      if (left.length > 0) throw new Error(`left behind: ${left.join('; ')}`);
      await rm(config.mountDirectory, { recursive: true, force: true });
      await rm(directory, { recursive: true });
    },
  };
}
