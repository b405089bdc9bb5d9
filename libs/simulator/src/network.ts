import type { PeerMessage } from '@pilvi/replication';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

type Carried = { readonly kind: 'hello' | 'end' | 'cut-off' } | { readonly kind: 'message'; readonly message: PeerMessage };

/** One end of a stream. */
interface End {
  readonly node: SimNode;
  readonly boot: number;
  open: boolean;
  /** What is on its way to this end, in order. */
  queue: Carried[];
  lastArrivalMs: number;
}

/** A stream between two processes: in order, but independent of every other stream. */
export interface SimStream {
  readonly id: number;
  readonly dialer: End;
  readonly acceptor: End;
}

/** Streams between nodes, with delays, cuts and middleboxes. */
export class Network {
  /** One-way cuts, `a>b` by name; over TCP what is sent waits, as retransmission does. */
  readonly cuts = new Set<string>();
  /** Nodes to which everything is slow until then. */
  readonly slowUntilMs = new Map<string, number>();
  readonly #world: World;
  #nextId = 1;

  constructor(world: World) {
    this.#world = world;
  }

  dial(from: SimNode, to: SimNode): SimStream | undefined {
    const isCut = this.cuts.has(`${from.name}>${to.name}`) || this.cuts.has(`${to.name}>${from.name}`);
    if (!to.up || (this.#world.tcp && isCut)) return undefined;
    const end = (node: SimNode): End => ({ node, boot: node.boot, open: true, queue: [], lastArrivalMs: 0 });
    const stream = { id: this.#nextId++, dialer: end(from), acceptor: end(to) };
    this.#carry(stream, stream.acceptor, { kind: 'hello' });
    return stream;
  }

  send(stream: SimStream, from: SimNode, message: PeerMessage): void {
    const { own, other } = ends(stream, from);
    if (own.open) this.#carry(stream, other, { kind: 'message', message });
  }

  /** Closes one's own end; the other learns it after what was sent before. `silent`: it does not (a power cut over TCP). */
  close(stream: SimStream, from: SimNode, silent = false, extraDelayMs = 0): void {
    const { own, other } = ends(stream, from);
    if (!own.open) return;
    own.open = false;
    if (!silent) this.#carry(stream, other, { kind: 'end' }, extraDelayMs);
  }

  /** A middlebox ends the connection for both sides, each at its own time. */
  cutOff(stream: SimStream, lose: boolean): void {
    const { random, schedule } = this.#world;
    for (const end of [stream.dialer, stream.acceptor]) {
      if (lose) end.queue.length = 0;
      schedule.after(random.chance(0.5) ? 0 : random.between(0, 2500), () => {
        this.#carry(stream, end, { kind: 'cut-off' });
      });
    }
  }

  #carry(stream: SimStream, to: End, carried: Carried, extraDelayMs = 0): void {
    const { random, schedule, calm } = this.#world;
    let delayMs = random.between(0.2, 3) + extraDelayMs;
    if (!calm && (this.slowUntilMs.get(to.node.name) ?? 0) > schedule.nowMs) delayMs += random.between(50, 350);
    if (!calm && random.chance(0.03)) delayMs += random.between(5, 120);
    to.queue.push(carried);
    to.lastArrivalMs = Math.max(to.lastArrivalMs, schedule.nowMs + delayMs);
    schedule.at(to.lastArrivalMs, () => {
      this.#arrive(stream, to);
    });
  }

  #arrive(stream: SimStream, to: End): void {
    const from = to === stream.dialer ? stream.acceptor : stream.dialer;
    if (this.#world.tcp && this.cuts.has(`${from.node.name}>${to.node.name}`) && to.queue[0]?.kind !== 'cut-off') {
      this.#world.schedule.after(40, () => {
        this.#arrive(stream, to);
      });
      return;
    }
    const carried = to.queue.shift();
    if (carried === undefined || !to.node.up || to.node.boot !== to.boot) return;
    to.node.deliver(() => {
      if (!to.open) return;
      switch (carried.kind) {
        case 'hello':
          to.node.streamAccepted(stream, from.node);
          return;
        case 'message':
          to.node.messageReceived(stream, carried.message);
          return;
        case 'end':
        case 'cut-off':
          to.open = false;
          to.node.streamEnded(stream, 'peer');
          return;
      }
    });
  }
}

function ends(stream: SimStream, of: SimNode): { own: End; other: End } {
  return stream.dialer.node === of ? { own: stream.dialer, other: stream.acceptor } : { own: stream.acceptor, other: stream.dialer };
}
