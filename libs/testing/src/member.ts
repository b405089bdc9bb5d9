import type { Engine } from './engine.ts';
import { flipBit, STORED_FILES, wipeDisk, fillDisk, freeDisk } from './disk-faults.ts';
import type { BitPlace, FlippedBit } from './disk-faults.ts';
import type { FaultTools } from './fault-tools.ts';
import type { MemberPlan } from './cluster-plan.ts';
import { readLogs, runInContainer } from './run-in-container.ts';
import type { CommandResult } from './run-in-container.ts';
import { PilviTestingError } from './testing-error.ts';

export type MemberState = 'running' | 'paused' | 'stopped';

/** What a member uses of its cluster. */
export interface MemberComponents {
  readonly engine: Engine;
  readonly tools: FaultTools;
  /** Of the engine. */
  readonly network: string;
  readonly containerName: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined: it keeps nothing. */
  readonly dataVolume: string | undefined;
  /** The disk is its own, and not the engine's. */
  readonly hasOwnDisk: boolean;
  /** Told when it has started, or come back to the network. */
  readonly onNetworkUp: (name: string) => Promise<void>;
}

const STOP_GRACE_SECONDS = 30;

/** One process of a cluster, in a container of its own: a machine that can be switched off, stopped, cut off and damaged. Its address stays the same. */
export class Member {
  readonly name: string;
  readonly address: string;
  /** Of a storage node. */
  readonly zone: string | undefined;
  readonly plan: MemberPlan;
  readonly #components: MemberComponents;

  constructor(plan: MemberPlan, components: MemberComponents) {
    this.name = plan.name;
    this.address = plan.address;
    this.zone = plan.zone;
    this.plan = plan;
    this.#components = components;
  }

  async state(): Promise<MemberState> {
    const { State } = await this.#container().inspect();
    if (State.Paused) return 'paused';
    return State.Running ? 'running' : 'stopped';
  }

  /** Of its first process, on the engine's host; undefined while it is down. */
  async pid(): Promise<number | undefined> {
    const { State } = await this.#container().inspect();
    // While the engine starts it again it counts as running, and has none.
    return State.Running && State.Pid > 0 ? State.Pid : undefined;
  }

  /** SIGKILL, as by a failing machine. It stays down until `start()`. */
  async kill(): Promise<void> {
    await this.#expect('running', 'paused');
    const ended = this.#container().wait();
    await this.#container().kill({ signal: 'SIGKILL' });
    await ended;
  }

  /** SIGTERM, and waits for its end; SIGKILL after 30 s. */
  async stop(): Promise<void> {
    await this.#expect('running');
    await this.#container().stop({ t: STOP_GRACE_SECONDS });
  }

  /** Starts it again with the data that it had. It runs then; `cluster.whole()` waits until it has caught up. */
  async start(): Promise<void> {
    await this.#expect('stopped');
    await this.#container().start();
    await this.#components.onNetworkUp(this.name);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Freezes its processes where they are: they answer nothing, and their connections stay. */
  async pause(): Promise<void> {
    await this.#expect('running');
    await this.#container().pause();
  }

  async unpause(): Promise<void> {
    await this.#expect('paused');
    await this.#container().unpause();
  }

  /** Takes it off the network, addresses and published port and all. */
  async disconnect(): Promise<void> {
    const { engine, network } = this.#components;
    await engine.docker.getNetwork(network).disconnect({ Container: this.#components.containerName, Force: true });
  }

  async reconnect(): Promise<void> {
    const { engine, network, containerName } = this.#components;
    await engine.docker.getNetwork(network).connect({ Container: containerName, EndpointConfig: this.#endpoint() });
    await this.#components.onNetworkUp(this.name);
  }

  /** Kills it, empties its disk, and starts it if it ran: a new member of the cluster under the old name. */
  async wipe(): Promise<void> {
    const volume = this.#dataVolume();
    const wasUp = (await this.state()) !== 'stopped';
    if (wasUp) await this.kill();
    await wipeDisk(this.#components.tools, volume);
    if (wasUp) await this.start();
  }

  /** Fills its disk but for so many bytes; answers how many were taken. Throws `needs-own-disks`. */
  async fillDisk({ leaveBytes = 0 }: { leaveBytes?: number } = {}): Promise<number> {
    if (!this.#components.hasOwnDisk) {
      throw new PilviTestingError(
        'needs-own-disks',
        `filling the disk of ${this.name} would fill the engine's: start the cluster with disks`,
      );
    }
    return fillDisk(this.#components.tools, this.#dataVolume(), leaveBytes);
  }

  async freeDisk(): Promise<void> {
    await freeDisk(this.#components.tools, this.#dataVolume());
  }

  /** Flips one bit of one stored file, by default of a chunk. Undefined when there is no such place yet. `files`: a pattern in its volume (`STORED_FILES`). */
  async flipBit({ files = STORED_FILES.chunks, containing }: Partial<BitPlace> = {}): Promise<FlippedBit | undefined> {
    return flipBit(this.#components.tools, this.#dataVolume(), { files, ...(containing === undefined ? {} : { containing }) });
  }

  /** What it has written to its standard output and error. */
  async logs(options: { tail?: number } = {}): Promise<string> {
    return readLogs(this.#container(), options.tail);
  }

  async run(command: readonly string[]): Promise<CommandResult> {
    return runInContainer(this.#container(), command);
  }

  /** Makes its container, once more after `remove()`. */
  async create(): Promise<void> {
    const { plan } = this;
    const { engine, network, containerName, labels, dataVolume } = this.#components;
    const binds = [...plan.binds, ...(dataVolume === undefined ? [] : [`${dataVolume}:${plan.dataPath}`])];
    await engine.docker.createContainer({
      Image: plan.image,
      name: containerName,
      Hostname: plan.name,
      Env: Object.entries(plan.environment).map(([name, value]) => `${name}=${value}`),
      ...(plan.command === undefined ? {} : { Cmd: [...plan.command] }),
      ...(plan.user === undefined ? {} : { User: plan.user }),
      Labels: { ...labels },
      ExposedPorts: Object.fromEntries(plan.ports.map(({ inside }) => [`${inside}/tcp`, {}])),
      HostConfig: {
        Binds: binds,
        NetworkMode: network,
        // A process that finds its disk damaged ends, to begin anew. What was killed or stopped from here stays down.
        RestartPolicy: { Name: 'unless-stopped' },
        PortBindings: Object.fromEntries(
          plan.ports.map(({ inside, outside }) => [`${inside}/tcp`, [{ HostIp: engine.publishAddress, HostPort: String(outside) }]]),
        ),
      },
      NetworkingConfig: { EndpointsConfig: { [network]: this.#endpoint() } },
    });
  }

  /** Takes its container away, the volume stays. */
  async remove(): Promise<void> {
    await this.#container().remove({ force: true });
  }

  #endpoint(): { Aliases: string[]; IPAMConfig: { IPv4Address: string } } {
    return { Aliases: [this.name], IPAMConfig: { IPv4Address: this.address } };
  }

  #container(): ReturnType<Engine['docker']['getContainer']> {
    return this.#components.engine.docker.getContainer(this.#components.containerName);
  }

  #dataVolume(): string {
    const { dataVolume } = this.#components;
    if (dataVolume === undefined)
      throw new PilviTestingError('wrong-state', `${this.name} keeps no data`, { details: { member: this.name } });
    return dataVolume;
  }

  async #expect(...states: readonly MemberState[]): Promise<void> {
    const state = await this.state();
    if (states.includes(state)) return;
    throw new PilviTestingError('wrong-state', `${this.name} is ${state}`, { details: { member: this.name, state } });
  }
}
