import type { Engine } from './engine.ts';
import type { Resources } from './resources.ts';
import { readLogs, runInContainer } from './run-in-container.ts';
import { PilviTestingError } from './testing-error.ts';

/**
 * Faults are made from outside the product, by containers of a small image with nft, tc and the tools of disks. Those that reach into the network namespace of
 * others, or make disks, see the engine's processes and have SYS_ADMIN and NET_ADMIN: let no test use an engine on which that may not be.
 */
export class FaultTools {
  readonly #engine: Engine;
  readonly #image: string;
  readonly #resources: Resources;
  #helper: Promise<ReturnType<Engine['docker']['getContainer']>> | undefined;

  constructor(engine: Engine, image: string, resources: Resources) {
    this.#engine = engine;
    this.#image = image;
    this.#resources = resources;
  }

  /** Runs a shell script in the network namespace of a process. */
  async inNetworkOf(pid: number, script: string): Promise<void> {
    await this.inNamespaces(['nsenter', '--target', String(pid), '--net', 'sh', '-c', script]);
  }

  /** Runs a command in the helper; what it printed. Throws `fault-failed`. */
  async inNamespaces(command: readonly string[]): Promise<string> {
    this.#helper ??= this.#startHelper();
    const { exitCode, stdout, stderr } = await runInContainer(await this.#helper, command);
    if (exitCode !== 0) throw failed(command.join(' '), stdout + stderr);
    return stdout;
  }

  /** Runs a shell script with volumes mounted, under no more rights than a file's owner has; what it printed. Throws `fault-failed`. */
  async onVolumes(binds: readonly string[], script: string): Promise<string> {
    return runTools(this.#engine, this.#image, { binds, script, labels: this.#resources.labels });
  }

  async #startHelper(): Promise<ReturnType<Engine['docker']['getContainer']>> {
    await this.#engine.need(this.#image);
    const container = await this.#engine.docker.createContainer({
      Image: this.#image,
      name: this.#resources.nameOf('fault-tools'),
      Cmd: ['sleep', 'infinity'],
      Labels: { ...this.#resources.labels },
      HostConfig: { PidMode: 'host', NetworkMode: 'none', Init: true, ...NAMESPACE_RIGHTS },
    });
    await container.start();
    return container;
  }
}

/** To enter a network namespace, change its packet filter and queues. */
const NAMESPACE_RIGHTS = { CapAdd: ['SYS_ADMIN', 'SYS_PTRACE', 'NET_ADMIN'], SecurityOpt: ['apparmor=unconfined'] };
/** To make loop devices (block devices of major 7, and the device that gives new ones) and mount them. */
export const DISK_RIGHTS = {
  CapAdd: ['SYS_ADMIN'],
  SecurityOpt: ['apparmor=unconfined'],
  DeviceCgroupRules: ['b 7:* rmw', 'c 10:237 rmw'],
};

export interface ToolRun {
  /** `volume:/path` */
  readonly binds: readonly string[];
  readonly script: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rights?: typeof DISK_RIGHTS;
}

/** Runs a shell script in a container of its own, that goes with its end; what it printed. Throws `fault-failed`. */
export async function runTools(engine: Engine, image: string, { binds, script, labels, rights }: ToolRun): Promise<string> {
  await engine.need(image);
  const container = await engine.docker.createContainer({
    Image: image,
    Cmd: ['sh', '-ec', script],
    Labels: { ...labels },
    HostConfig: { Binds: [...binds], NetworkMode: 'none', ...rights },
  });
  try {
    const ended = container.wait({ condition: 'next-exit' }) as Promise<{ StatusCode: number }>;
    await container.start();
    const { StatusCode } = await ended;
    const said = await readLogs(container);
    if (StatusCode !== 0) throw failed(script, said);
    return said;
  } finally {
    await container.remove({ force: true });
  }
}

function failed(what: string, said: string): PilviTestingError {
  return new PilviTestingError('fault-failed', `${what}: ${said.trim()}`);
}
