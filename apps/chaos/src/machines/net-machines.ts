import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { killPid } from '../cluster.ts';

const run = promisify(execFile);
/** From the block for benchmarks of networks (RFC 2544), which no real network uses. */
const NETWORK = '198.18.77';
const HOST_OF_TEST = 254;

/** Network namespaces as machines: each has an address of its own, and nothing in common with the others but files and a switch. */
export interface NetMachines extends AsyncDisposable {
  readonly names: readonly string[];
  addressOf(name: string): string;
  /** Starts a process on a machine. */
  spawn(name: string, program: readonly string[], env: NodeJS.ProcessEnv): ChildProcess;
  /** Runs a command on a machine to its end. Rejects with what it said on standard error. */
  run(name: string, program: readonly string[], env: NodeJS.ProcessEnv, onOutput?: (text: string) => void): Promise<string>;
  /** SIGKILL to every process of a machine; resolves when none is left. */
  powerOff(name: string): Promise<void>;
}

/** Why there can be none here; undefined when there can. */
export async function whyNoMachines(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `pvmtry${String(process.pid)}`;
  try {
    await ip('netns', 'add', name);
    await ip('netns', 'del', name);
    return undefined;
  } catch (error) {
    return `network namespaces cannot be made here: ${(error as Error).message}`;
  }
}

/**
 * The switch is a bridge in a namespace of its own, so that no packet filter of this machine has a say; this process reaches the machines by one more cable. All of it
 * goes with the disposal.
 */
export async function createMachines(names: readonly string[]): Promise<NetMachines> {
  const prefix = `pvm${String(process.pid)}`;
  const hub = `${prefix}-hub`;
  const spaceOf = (name: string): string => `${prefix}-${name}`;
  const addressOf = (name: string): string => `${NETWORK}.${String(names.indexOf(name) + 1)}`;
  const at = (name: string, program: readonly string[]): string[] => ['netns', 'exec', spaceOf(name), ...program];

  async function powerOff(name: string): Promise<void> {
    for (;;) {
      const { stdout } = await run('ip', ['netns', 'pids', spaceOf(name)]);
      const ids = stdout.split('\n').filter(Boolean).map(Number);
      if (ids.length === 0) return;
      for (const id of ids) killPid(id);
      await sleep(20);
    }
  }
  const remove = async (): Promise<void> => {
    for (const name of names) {
      await powerOff(name).catch(() => undefined);
      await ip('netns', 'del', spaceOf(name)).catch(() => undefined);
    }
    // The cables go with it.
    await ip('netns', 'del', hub).catch(() => undefined);
  };

  try {
    await ip('netns', 'add', hub);
    await ip('-n', hub, 'link', 'add', 'switch', 'type', 'bridge');
    await ip('-n', hub, 'link', 'set', 'switch', 'up');
    for (const [i, name] of names.entries()) {
      await ip('netns', 'add', spaceOf(name));
      await ip('-n', hub, 'link', 'add', `port${String(i)}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', spaceOf(name));
      await plug(hub, `port${String(i)}`);
      await ip('-n', spaceOf(name), 'link', 'set', 'lo', 'up');
      await ip('-n', spaceOf(name), 'addr', 'add', `${addressOf(name)}/24`, 'dev', 'eth0');
      await ip('-n', spaceOf(name), 'link', 'set', 'eth0', 'up');
    }
    const own = `${prefix}t`;
    await ip('link', 'add', own, 'type', 'veth', 'peer', 'name', 'test', 'netns', hub);
    await plug(hub, 'test');
    await ip('addr', 'add', `${NETWORK}.${String(HOST_OF_TEST)}/24`, 'dev', own);
    await ip('link', 'set', own, 'up');
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    names,
    addressOf,
    spawn: (name, program, env) => spawn('ip', at(name, program), { env, stdio: ['ignore', 'pipe', 'pipe'] }),
    async run(name, program, env, onOutput) {
      const child = spawn('ip', at(name, program), { env, stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      let wrong = '';
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        onOutput?.(chunk.toString());
      });
      child.stderr.on('data', (chunk: Buffer) => (wrong += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(wrong);
      return said;
    },
    powerOff,
    [Symbol.asyncDispose]: remove,
  };
}

async function plug(hub: string, port: string): Promise<void> {
  await ip('-n', hub, 'link', 'set', port, 'master', 'switch');
  await ip('-n', hub, 'link', 'set', port, 'up');
}

async function ip(...args: string[]): Promise<void> {
  await run('ip', args);
}
