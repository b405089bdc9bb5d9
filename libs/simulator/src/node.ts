import { incarnation, nodeName, proposalId, zone } from '@pilvi/cluster-map';
import type { Incarnation, Member, PartitionConfig, PartitionId } from '@pilvi/cluster-map';
import { canStillLeave, createCore, replicaPartitions, startForgetting, startSnapshot, step } from '@pilvi/replication';
import type { Core, CoreEvent, Effect, PeerMessage, Rule } from '@pilvi/replication';
import { SimDisk } from './disk.ts';
import { carryOut } from './host.ts';
import { emptyState } from './key-value.ts';
import type { KeyValueState } from './key-value.ts';
import type { SimStream } from './network.ts';
import type { World } from './world.ts';

const TICK_MS = 30;
const KEEPALIVE_MS = 2500;

/** What a host keeps of one partition: the applied state, and who waits for what. */
export interface HostedPartition {
  state: KeyValueState;
  applied: number;
  readonly waiting: { seq: number; done: (committed: boolean) => void }[];
}

/** A storage node's process and disk: drives the real core, and can be killed, paused, wiped and started again. */
export class SimNode {
  readonly world: World;
  readonly name: string;
  readonly zone: string;
  readonly index: number;
  disk: SimDisk;
  up = false;
  paused = false;
  /** Raised by every start: what an earlier process had under way means nothing to this one. */
  boot = 0;
  core: Core | undefined;
  readonly hosted = new Map<PartitionId, HostedPartition>();
  /** Sends that wait for their token. */
  held: Extract<Effect, { kind: 'send' }>[] = [];
  durableToken = 0;
  /** Last token handed to the disk, and how far the disk's log was then. */
  persisted: { token: number; length: number }[] = [];
  syncing = false;
  /** Open streams by id. */
  readonly streams = new Map<number, SimStream>();
  #dialed = new Map<string, { stream: SimStream; heardMs: number }>();
  #dialNotBeforeMs = new Map<string, number>();
  #queue: (() => void)[] = [];
  #rate: number;
  #generation = 0;
  #members: { revision: number; members: ReadonlyMap<Incarnation, Member> } = { revision: 0, members: new Map() };

  constructor(world: World, index: number, zoneName: string) {
    this.world = world;
    this.index = index;
    this.name = `n${String(index)}`;
    this.zone = zoneName;
    // Clocks run at different speeds, within what grace over validity allows (L1).
    const { random } = world;
    this.#rate = random.chance(0.4) ? (random.chance(0.5) ? 0.9 : 1.1) : random.between(0.9, 1.1);
    this.disk = new SimDisk(`${this.name}#0`);
  }

  get self(): Incarnation {
    return incarnation(this.disk.incarnation);
  }

  get clockMs(): number {
    return this.world.schedule.nowMs * this.#rate;
  }

  /** Registers this incarnation; an earlier one of the same name is retired at once (C6). */
  join(): void {
    const { control } = this.world;
    for (const [key, member] of control.members) {
      if (member.name === this.name && key !== this.self) control.members.set(key, { ...member, state: 'retired' });
    }
    control.members.set(this.self, {
      incarnation: this.self,
      name: nodeName(this.name),
      zone: zone(this.zone),
      weight: 1,
      address: this.name,
      state: 'active',
      joinedMs: 0,
      lastSeenMs: 0,
    });
    control.revision++;
  }

  start(): void {
    if (this.up) return;
    this.up = true;
    this.paused = false;
    this.boot++;
    this.#queue = [];
    this.#dialed.clear();
    this.#dialNotBeforeMs.clear();
    this.#members = { revision: 0, members: new Map() };
    this.streams.clear();
    this.hosted.clear();
    this.held = [];
    this.persisted = [];
    this.durableToken = 0;
    this.syncing = false;
    const restored = this.disk.restore();
    this.world.trace(
      () =>
        `${this.name} START ${this.self} ${restored.map((r) => `p${String(r.partition)}:${String(r.base.seq)}+${String(r.entries.length)}`).join(' ')}${this.disk.torn ? ' torn' : ''}`,
    );
    let nextProposal = 0;
    const leftOut = new Set([...this.world.leftOut] as Rule[]);
    this.core = createCore(
      {
        self: this.self,
        timings: this.world.timings,
        nextProposalId: () => proposalId(`${this.self}.${String(this.boot)}.${String(nextProposal++)}`),
        leftOut,
      },
      restored,
      this.clockMs,
    );
    for (const [partition, checkpoint] of this.disk.checkpoints) {
      this.hosted.set(partition, {
        state: { rows: new Map(checkpoint.state.rows), answers: new Map(checkpoint.state.answers) },
        applied: checkpoint.base.seq,
        waiting: [],
      });
    }
    this.disk.torn = false;
    this.#tickAgain(this.boot);
  }

  /** kill -9, or a power cut, which takes what was not synced too. */
  crash(power: boolean): void {
    if (!this.up) return;
    this.world.trace(() => `${this.name} ${power ? 'POWER' : 'KILL'}`);
    this.up = false;
    if (power) this.disk.losePower(this.world.random);
    const silent = this.world.tcp && power && this.world.random.chance(0.6);
    for (const stream of this.streams.values()) this.world.network.close(stream, this, silent);
    this.streams.clear();
    for (const hosted of this.hosted.values()) hosted.waiting.length = 0;
  }

  /** A new disk under the old name: a new member (C6). */
  wipe(): void {
    this.world.lostDisks.push({ name: this.self, zone: this.zone, disk: this.disk });
    this.crash(true);
    this.world.trace(() => `${this.name} WIPED`);
    if (this.world.keeps('C6')) this.#generation++;
    this.disk = new SimDisk(`${this.name}#${String(this.#generation)}`);
    if (this.world.keeps('C6')) this.join();
  }

  pause(): void {
    this.paused = true;
    this.world.trace(() => `${this.name} PAUSE`);
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.world.trace(() => `${this.name} RESUME`);
    const queue = this.#queue;
    this.#queue = [];
    for (const run of queue) this.deliver(run);
  }

  /** Runs in this process, unless it has died; later, when it is paused. */
  deliver(run: () => void): void {
    if (!this.up) return;
    const { boot } = this;
    const guarded = (): void => {
      if (this.up && this.boot === boot) run();
    };
    if (this.paused) this.#queue.push(guarded);
    else guarded();
  }

  later(delayMs: number, run: () => void): void {
    const { boot } = this;
    this.world.schedule.after(delayMs, () => {
      if (this.boot === boot) this.deliver(run);
    });
  }

  step(event: CoreEvent): void {
    if (this.core !== undefined) carryOut(this, this.core, step(this.core, event, this.clockMs));
  }

  hostedPartition(partition: PartitionId): HostedPartition {
    let hosted = this.hosted.get(partition);
    if (hosted === undefined) this.hosted.set(partition, (hosted = { state: emptyState(), applied: 0, waiting: [] }));
    return hosted;
  }

  mapReceived(picture: { revision: number; members: ReadonlyMap<Incarnation, Member>; configs: readonly PartitionConfig[] }): void {
    if (picture.revision > this.#members.revision) this.#members = picture;
    this.step({ kind: 'map', settings: this.world.settings, members: this.#members.members, partitions: picture.configs });
  }

  advised(partition: PartitionId, replicas: readonly Incarnation[], primary: Incarnation | undefined): void {
    this.step({ kind: 'advice', partition, replicas, primary });
  }

  streamAccepted(stream: SimStream, from: SimNode): void {
    this.streams.set(stream.id, stream);
    this.step({
      kind: 'stream-opened',
      stream: stream.id,
      peer: incarnation(from.disk.incarnation),
      direction: 'accepted',
      transport: this.#transport,
    });
  }

  messageReceived(stream: SimStream, message: PeerMessage): void {
    const dialed = this.#dialed.get(stream.acceptor.node.name);
    if (dialed?.stream === stream) dialed.heardMs = this.clockMs;
    this.step({ kind: 'received', stream: stream.id, message });
  }

  streamEnded(stream: SimStream, endedBy: 'peer' | 'self'): void {
    this.streams.delete(stream.id);
    const peer = stream.acceptor.node.name;
    if (this.#dialed.get(peer)?.stream === stream) this.#dialed.delete(peer);
    this.world.trace(() => `${this.name} end of stream ${String(stream.id)} ${stream.dialer.node.name}>${peer} by ${endedBy}`);
    this.step({ kind: 'stream-closed', stream: stream.id, endedBy });
  }

  /** L3: the core voids the leases first, then the other side may see the end. */
  closeStream(stream: SimStream): void {
    if (!this.streams.has(stream.id)) return;
    this.streamEnded(stream, 'self');
    this.world.network.close(
      stream,
      this,
      false,
      this.world.focused && this.world.random.chance(0.5) ? this.world.random.between(20, 150) : 0,
    );
    if (this.world.focused) this.#dialNotBeforeMs.clear();
  }

  streamTo(peer: string): SimStream | undefined {
    return this.#dialed.get(peer)?.stream;
  }

  streamsWith(peer: SimNode): SimStream[] {
    return [...this.streams.values()].filter((s) => s.dialer.node === peer || s.acceptor.node === peer);
  }

  partitions(): PartitionId[] {
    return this.core === undefined ? [] : replicaPartitions(this.core);
  }

  offerSnapshot(offer: Parameters<typeof startSnapshot>[1]): { accepted: boolean; token: number } {
    if (this.core === undefined) return { accepted: false, token: 0 };
    const { accepted, token, effects } = startSnapshot(this.core, offer, this.clockMs);
    carryOut(this, this.core, effects);
    return { accepted, token };
  }

  /** Lets go of a partition that is no longer its own, as far as the core permits: emptied, and begun again when that is durable. */
  forget(partition: PartitionId): { accepted: boolean; token: number } {
    if (this.core === undefined) return { accepted: false, token: 0 };
    const { accepted, token, effects } = startForgetting(this.core, partition, this.clockMs);
    carryOut(this, this.core, effects);
    return { accepted, token };
  }

  /** L4: whether a stopping process still has something to leave to others. */
  get canStillLeave(): boolean {
    return this.core !== undefined && canStillLeave(this.core);
  }

  get #transport(): 'unix' | 'tcp' {
    return this.world.tcp ? 'tcp' : 'unix';
  }

  #tickAgain(boot: number): void {
    this.world.schedule.after(TICK_MS / this.#rate, () => {
      if (this.boot !== boot || !this.up) return;
      this.deliver(() => {
        this.#dialAll();
        this.step({ kind: 'tick' });
        this.#tickAgain(boot);
      });
    });
  }

  #dialAll(): void {
    const { random } = this.world;
    for (const peer of this.world.nodes) {
      if (peer === this || !this.up) continue;
      const dialed = this.#dialed.get(peer.name);
      if (dialed !== undefined) {
        if (this.clockMs - dialed.heardMs > KEEPALIVE_MS) this.closeStream(dialed.stream);
        continue;
      }
      if (this.clockMs < (this.#dialNotBeforeMs.get(peer.name) ?? 0)) continue;
      this.#dialNotBeforeMs.set(peer.name, this.clockMs + random.between(20, 120));
      const stream = this.world.network.dial(this, peer);
      if (stream === undefined) continue;
      this.streams.set(stream.id, stream);
      this.#dialed.set(peer.name, { stream, heardMs: this.clockMs });
      this.step({
        kind: 'stream-opened',
        stream: stream.id,
        peer: incarnation(peer.disk.incarnation),
        direction: 'dialed',
        transport: this.#transport,
      });
    }
  }
}
