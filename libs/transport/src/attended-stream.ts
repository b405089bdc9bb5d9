import { MAX_FRAME_BYTES, MESSAGE_OVERHEAD_BYTES } from './settings.ts';
import { oncePerTurn, takeFrame } from './turn.ts';

/**
 * How a stream ended (REPLICATION L3). `peer`: the other process closed it or died, proven by a Unix socket. `self`: this process closed,
 * cancelled or could not go on. `unknown`: over TCP, where a middlebox may end a connection, or a stream that never opened.
 */
export interface PeerStreamEnd {
  readonly by: 'peer' | 'self' | 'unknown';
  /** For logs. */
  readonly detail: string;
}

export interface PeerStreamHandlers<In> {
  /** The stream carries messages both ways from now on. */
  readonly onOpen?: () => void;
  /** Messages of one frame, in the order they were sent. While a returned promise is pending nothing more is read. */
  readonly onMessages: (messages: readonly In[]) => void | Promise<void>;
  /** Called once, at once, and for an end of our own before the other side can see it: void leases here (L3). */
  readonly onEnd: (end: PeerStreamEnd) => void;
}

/** How messages become frames of the stream's proto. */
export interface PeerStreamFraming<Out, In, OutFrame, InFrame> {
  readonly pack: (messages: Out[]) => OutFrame;
  readonly unpack: (frame: InFrame) => readonly In[];
  /** Payload bytes of a message. */
  readonly sizeOf?: (message: Out) => number;
  readonly maxFrameBytes?: number;
  /** More unsent bytes than this end the stream: the peer does not read, and memory is bounded. */
  readonly maxUnsentBytes?: number;
}

export const MAX_UNSENT_BYTES = 128 * 1024 * 1024;
/** `send` answers false above this: slow down what can wait. */
export const HIGH_WATER_BYTES = 8 * 1024 * 1024;
/** How long the peer may take to end its half of a stream that we closed. */
const CLOSE_BOUND_MS = 200;

/** An ordered stream of messages between two nodes, batched per turn. It does not open again: a lease belongs to one stream (L3). */
export interface PeerStream<Out> {
  /** Queues a message; false when much waits already. After the end it does nothing. */
  send(message: Out): boolean;
  /** Resolves when little waits, or the stream has ended. */
  drained(): Promise<void>;
  /** Calls onEnd({by: 'self'}) and then closes; what was sent before still goes out. */
  close(detail?: string): void;
  readonly state: 'opening' | 'open' | 'ended';
  readonly unsentBytes: number;
}

/** The half of a stream that both sides have. */
export interface Wire<OutFrame> {
  write(frame: OutFrame): boolean;
  /** Ends our half, gracefully. */
  end(): void;
  cancel(): void;
  pause(): void;
  resume(): void;
}

/** A peer stream with the ends that its call's events are led to. */
export interface AttendedStream<Out, InFrame> extends PeerStream<Out> {
  opened(): void;
  received(frame: InFrame | Undecodable): void;
  writable(): void;
  ended(by: PeerStreamEnd['by'], detail: string): void;
  /** Nothing is left of the call. */
  gone(): void;
}

export function attendStream<Out, In, OutFrame, InFrame>(
  options: PeerStreamFraming<Out, In, OutFrame, InFrame> & PeerStreamHandlers<In>,
  wire: Wire<OutFrame>,
): AttendedStream<Out, InFrame> {
  const { maxFrameBytes = MAX_FRAME_BYTES, maxUnsentBytes = MAX_UNSENT_BYTES } = options;
  const sizeOf = (message: Out): number => MESSAGE_OVERHEAD_BYTES + (options.sizeOf?.(message) ?? 0);
  const queue: Out[] = [];
  let drainers: (() => void)[] = [];
  let state: 'opening' | 'open' | 'ended' = 'opening';
  let isWritable = true;
  let unsentBytes = 0;
  let closing: NodeJS.Timeout | undefined;

  const write = (): void => {
    const batch = takeFrame(queue, sizeOf, maxFrameBytes);
    for (const message of batch) unsentBytes -= sizeOf(message);
    isWritable = wire.write(options.pack(batch));
  };
  const flush = oncePerTurn(() => {
    while (state === 'open' && isWritable && queue.length > 0) write();
    if (unsentBytes < HIGH_WATER_BYTES) wakeDrainers();
  });
  const wakeDrainers = (): void => {
    const woken = drainers;
    drainers = [];
    for (const wake of woken) wake();
  };
  const ended = (by: PeerStreamEnd['by'], detail: string): void => {
    if (state === 'ended') return;
    state = 'ended';
    options.onEnd({ by, detail });
    queue.length = 0;
    unsentBytes = 0;
    wakeDrainers();
  };
  /** L3: the leases are void (in onEnd) before the other side can see the end. */
  const close = (detail: string, graceful: boolean): void => {
    if (state === 'ended') return;
    const last = graceful && state === 'open' && queue.length > 0 ? options.pack(queue.slice()) : undefined;
    ended('self', detail);
    if (last !== undefined) wire.write(last);
    if (!graceful) {
      wire.cancel();
      return;
    }
    wire.end();
    closing = setTimeout(() => wire.cancel(), CLOSE_BOUND_MS).unref();
  };

  return {
    send(message) {
      if (state === 'ended') return false;
      queue.push(message);
      unsentBytes += sizeOf(message);
      if (unsentBytes > maxUnsentBytes) {
        close(`the peer does not read: ${unsentBytes} bytes unsent`, false);
        return false;
      }
      flush();
      return unsentBytes < HIGH_WATER_BYTES;
    },
    drained: () =>
      state === 'ended' || unsentBytes < HIGH_WATER_BYTES ? Promise.resolve() : new Promise((resolve) => drainers.push(resolve)),
    close: (detail = 'closed') => close(detail, true),
    get state() {
      return state;
    },
    get unsentBytes() {
      return unsentBytes;
    },
    opened() {
      if (state !== 'opening') return;
      state = 'open';
      options.onOpen?.();
      flush();
    },
    received(frame) {
      if (state === 'ended') return;
      if (frame instanceof Undecodable) {
        close(`a frame could not be decoded: ${frame.message}`, false);
        return;
      }
      const busy = options.onMessages(options.unpack(frame));
      if (busy === undefined) return;
      wire.pause();
      busy.then(
        () => wire.resume(),
        (error: unknown) => close(`a message could not be handled: ${String(error)}`, false),
      );
    },
    writable() {
      isWritable = true;
      flush();
    },
    ended,
    gone: () => clearTimeout(closing),
  };
}

/** What gRPC itself does when a frame cannot be decoded is to end the call, which would look like the peer's doing: we end it ourselves. */
export class Undecodable extends Error {}

export function orUndecodable<T>(decode: (bytes: Buffer) => T): (bytes: Buffer) => T | Undecodable {
  return (bytes) => {
    try {
      return decode(bytes);
    } catch (error) {
      return new Undecodable((error as Error).message);
    }
  };
}
