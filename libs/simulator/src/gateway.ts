import { assignPartitions, epoch, incarnation, partitionId, proposalId, validateProposal } from '@pilvi/cluster-map';
import type { Epoch, Incarnation, Member, PartitionConfig } from '@pilvi/cluster-map';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** The control store: the truth about members and configurations, changed by CAS only. */
export class ControlRegister {
  readonly members = new Map<Incarnation, Member>();
  configs: PartitionConfig[] = [];
  revision = 1;
  downUntilMs = 0;
  failovers = 0;
}

interface Picture {
  readonly revision: number;
  readonly members: ReadonlyMap<Incarnation, Member>;
  readonly configs: readonly PartitionConfig[];
}

/** A gateway as nodes see it: relays proposals, tells maps, advises placements; slow, lossy, at times frozen. */
export class SimGateway {
  readonly name: string;
  readonly #world: World;
  picture: Picture;
  frozenUntilMs = 0;
  /** Answers and requests of the control store are late until then. */
  lateUntilMs = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.picture = takePicture(world.control);
  }

  start(): void {
    const tick = (): void => {
      this.#watch();
      this.#tellAll();
      this.#world.schedule.after(this.#world.random.between(150, 300), tick);
    };
    const advise = (): void => {
      if (this.frozenUntilMs <= this.#world.schedule.nowMs) this.#advise();
      this.#world.schedule.after(this.#world.random.between(400, 800), advise);
    };
    tick();
    this.#world.schedule.after(2000, advise);
  }

  /** C2: from a node, over an unreliable way; its outcome is told by maps only (C3). */
  propose(from: SimNode, proposer: Incarnation, expectedEpoch: Epoch, config: PartitionConfig): void {
    this.fromNode(from, () => {
      this.#world.schedule.after(this.#storeDelayMs(), () => {
        this.#cas(proposer, expectedEpoch, config);
      });
    });
  }

  /** Carries something to a node, or loses it. */
  toNode(node: SimNode, run: () => void): void {
    const delayMs = this.#delayMs();
    if (delayMs === undefined) return;
    this.#world.schedule.after(delayMs, () => {
      if (!this.#world.network.cuts.has(`${this.name}>${node.name}`)) node.deliver(run);
    });
  }

  fromNode(node: SimNode, run: () => void): void {
    const delayMs = this.#delayMs();
    if (delayMs === undefined) return;
    this.#world.schedule.after(delayMs, () => {
      if (!this.#world.network.cuts.has(`${node.name}>${this.name}`)) run();
    });
  }

  nodeOf(member: Incarnation | undefined): SimNode | undefined {
    return this.#world.nodes.find((n) => n.name === member?.split('#')[0]);
  }

  #cas(proposer: Incarnation, expectedEpoch: Epoch, config: PartitionConfig): void {
    const { control, random, schedule, settings } = this.#world;
    if (control.downUntilMs > schedule.nowMs) {
      if (random.chance(0.5))
        schedule.after(200, () => {
          this.#cas(proposer, expectedEpoch, config);
        });
      return;
    }
    const current = control.configs[config.partition];
    if (current === undefined) return;
    const least = this.#world.keeps('I3') ? settings : { ...settings, minInSync: 1, minZones: 1 };
    const verdict = validateProposal(current, { expectedEpoch, proposer, config }, { settings: least, members: control.members });
    if (!verdict.ok) {
      this.#world.trace(() => `refused ${proposer}: ${verdict.reason}`);
      return;
    }
    control.configs = control.configs.with(config.partition, config);
    control.revision++;
    if (config.primary !== current.primary) control.failovers++;
    this.#world.trace(
      () =>
        `CAS p${String(config.partition)} e${String(config.epoch)} ${config.primary} in-sync ${config.inSync.join()} learners ${config.learners.join()}`,
    );
    if (random.chance(0.7) || this.#world.calm) this.#watch();
  }

  #storeDelayMs(): number {
    const { random } = this.#world;
    return random.between(1, 15) + (this.#isLate() ? random.between(100, 3000) : 0);
  }

  #isLate(): boolean {
    const { calm, random, schedule } = this.#world;
    return !calm && this.lateUntilMs > schedule.nowMs && random.chance(0.5);
  }

  #watch(): void {
    const { control, random, schedule } = this.#world;
    if (this.frozenUntilMs > schedule.nowMs || control.downUntilMs > schedule.nowMs) return;
    const picture = takePicture(control);
    schedule.after(random.between(1, 20) + (this.#isLate() ? random.between(100, 1500) : 0), () => {
      if (this.frozenUntilMs > schedule.nowMs || picture.revision <= this.picture.revision) return;
      this.picture = picture;
      this.#tellAll();
    });
  }

  #tellAll(): void {
    const { picture } = this;
    for (const node of this.#world.nodes)
      this.toNode(node, () => {
        node.mapReceived(picture);
      });
  }

  /** C4: asks primaries, changes nothing itself. */
  #advise(): void {
    const { settings, random } = this.#world;
    const members = [...this.picture.members.values()].filter((m) => m.state === 'active');
    const wanted = assignPartitions({ settings, members, current: this.picture.configs });
    wanted.forEach(({ replicas, primary }, p) => {
      const config = this.picture.configs[p];
      const node = this.nodeOf(config?.primary);
      if (config === undefined || node === undefined) return;
      if (replicas.every((r) => config.replicas.includes(r)) && config.replicas.every((r) => replicas.includes(r)) && !random.chance(0.3))
        return;
      this.toNode(node, () => {
        node.advised(partitionId(p), replicas, primary);
      });
    });
  }

  #delayMs(): number | undefined {
    const { calm, random, schedule } = this.#world;
    const delayMs = random.between(0.5, 6);
    if (calm) return delayMs;
    if (random.chance(0.02)) return undefined;
    return this.lateUntilMs > schedule.nowMs && random.chance(0.2) ? delayMs + random.between(50, 4000) : delayMs;
  }
}

function takePicture(control: ControlRegister): Picture {
  return { revision: control.revision, members: new Map(control.members), configs: control.configs };
}

/** The configuration that a new cluster begins with: everyone in sync, nothing written. */
export function firstConfig(partition: number, holders: readonly string[]): PartitionConfig {
  const nodes = holders.map(incarnation);
  const primary = nodes[partition % nodes.length];
  if (primary === undefined) throw new Error('a partition needs a holder');
  return {
    partition: partitionId(partition),
    epoch: epoch(1),
    proposal: proposalId('first'),
    replicas: nodes,
    primary,
    inSync: nodes,
    learners: [],
  };
}
