import type { ClientDuplexStream, StatusObject } from '@grpc/grpc-js';
import { backoffMs, systemClock, systemRandom } from '@pilvi/runtime';
import type { BackoffPolicy, Cancellable, Clock, Random } from '@pilvi/runtime';
import { createAdmission } from './admission.ts';
import { fromStatus, TransportError } from './errors.ts';
import {
  DEFAULT_SESSION_DEADLINE_MS,
  MESSAGE_OVERHEAD_BYTES,
  RECONNECT_FIRST_MS,
  REOPEN_CAP_MS,
  SESSION_CLIENT_LIMITS,
} from './settings.ts';
import type { SessionClientLimits } from './settings.ts';
import { oncePerTurn, takeFrame } from './turn.ts';

/** One frame up: what gathered in one turn. */
export interface SessionRequestFrame<Body> {
  requests: { id: bigint; body: Body | undefined }[];
}

/** One frame down. */
export interface SessionResponseFrame<Body> {
  responses: { id: bigint; body: Body | undefined }[];
}

export interface SessionClientOptions<Req, Res> {
  /** Opens the stream: `() => channel.duplex(IndexServiceService.session)`. */
  readonly open: () => ClientDuplexStream<SessionRequestFrame<Req>, SessionResponseFrame<Res>>;
  /** Payload bytes of a request (and of its answer, where that is the larger): keeps memory and frames bounded. */
  readonly sizeOf?: (body: Req) => number;
  readonly limits?: Partial<SessionClientLimits>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Pipelined calls over one long-lived stream, opened when first needed and again after it ended. */
export interface SessionClient<Req, Res> extends AsyncDisposable {
  /**
   * Sends a request and resolves with its answer. Waits while the bounds are reached. Throws TransportError: `unavailable` or
   * `stream-closed` (`details.sent`), `deadline`, `cancelled`, `closed`. The answer to a call given up is ignored when it comes;
   * until then it counts against the bounds, since the other side works on it.
   */
  call(body: Req, options?: { signal?: AbortSignal | undefined; deadlineMs?: number | undefined }): Promise<Res>;
  /** Opens the stream now, so that the first call does not wait for it; nothing where it is open, or failed a moment ago. */
  connect(): void;
  /** Calls not yet answered. */
  readonly inFlight: number;
  readonly state: 'idle' | 'opening' | 'open' | 'closed';
}

interface Call<Req, Res> {
  readonly id: bigint;
  readonly body: Req;
  readonly sizeBytes: number;
  sent: boolean;
  settled: boolean;
  readonly resolve: (body: Res) => void;
  readonly reject: (error: TransportError) => void;
}

const REOPEN_BACKOFF: BackoffPolicy = { firstMs: RECONNECT_FIRST_MS, capMs: REOPEN_CAP_MS, factor: 2 };

export function createSessionClient<Req, Res>(options: SessionClientOptions<Req, Res>): SessionClient<Req, Res> {
  type Stream = ClientDuplexStream<SessionRequestFrame<Req>, SessionResponseFrame<Res>>;
  type Entry = Call<Req, Res>;
  const { clock = systemClock, random = systemRandom } = options;
  const limits = { ...SESSION_CLIENT_LIMITS, ...options.limits };
  const sizeOf = (body: Req): number => MESSAGE_OVERHEAD_BYTES + (options.sizeOf?.(body) ?? 0);

  let stream: Stream | undefined;
  let state: 'idle' | 'opening' | 'open' | 'closed' = 'idle';
  let writable = true;
  let nextId = 1n;
  let failures = 0;
  let reopenAtMs = 0;
  let reopening: Cancellable | undefined;
  const queue: Entry[] = [];
  const sent = new Map<bigint, Entry>();
  const admission = createAdmission<Entry>(limits.maxInFlight, limits.maxInFlightBytes, (entry) => {
    queue.push(entry);
    flush();
  });

  const flush = oncePerTurn(() => {
    if (state === 'idle' && queue.length > 0) openSoon();
    while (state === 'open' && writable && queue.length > 0) {
      const batch = takeFrame(queue, (entry) => entry.sizeBytes, limits.maxFrameBytes);
      const live = batch.filter((entry) => !entry.settled);
      for (const entry of batch) if (entry.settled) admission.leave(entry);
      if (live.length === 0) continue;
      for (const entry of live) {
        entry.sent = true;
        sent.set(entry.id, entry);
      }
      writable = stream?.write({ requests: live.map(({ id, body }) => ({ id, body })) }) ?? false;
    }
  });

  function openSoon(): void {
    if (reopening !== undefined) return;
    const waitMs = reopenAtMs - clock.monotonicMs();
    if (waitMs <= 0) open();
    else {
      reopening = clock.after(waitMs, () => {
        reopening = undefined;
        if (state === 'idle' && queue.length > 0) open();
      });
    }
  }

  function open(): void {
    const opened = options.open();
    stream = opened;
    state = 'opening';
    // The server answers with its headers at once (serveSession): nothing is written before, so that a call that met no server was surely not sent.
    opened.once('metadata', () => {
      if (stream !== opened) return;
      state = 'open';
      writable = true;
      failures = 0;
      flush();
    });
    opened.on('data', (frame: SessionResponseFrame<Res>) => {
      for (const response of frame.responses) settleResponse(response.id, response.body);
    });
    opened.on('drain', () => {
      writable = true;
      flush();
    });
    opened.on('error', () => undefined); // every end is told by 'status'
    opened.once('status', (status) => {
      if (stream === opened) ended(status);
    });
  }

  function settleResponse(id: bigint, body: Res | undefined): void {
    const entry = sent.get(id);
    if (entry === undefined) return;
    sent.delete(id);
    admission.leave(entry);
    if (body === undefined)
      entry.reject(new TransportError('failed', 'the answer has no body this version knows', { details: { sent: true } }));
    else entry.resolve(body);
  }

  function ended(status: StatusObject): void {
    const wasOpen = state === 'open';
    stream = undefined;
    state = 'idle';
    if (!wasOpen) failures++;
    reopenAtMs = clock.monotonicMs() + (failures === 0 ? 0 : backoffMs(REOPEN_BACKOFF, failures, random));
    const cause = fromStatus(status, 'session ended');
    // A server that refuses us says so; one that is not there is unavailable.
    const code = wasOpen ? 'stream-closed' : cause.code === 'refused' ? 'refused' : 'unavailable';
    rejectAll((isSent) => new TransportError(code, cause.message, { details: { ...cause.details, sent: isSent }, cause }));
  }

  function rejectAll(errorFor: (sent: boolean) => TransportError): void {
    const answered = [...sent.values()];
    const unsent = [...queue.splice(0), ...admission.clear()];
    sent.clear();
    for (const entry of answered) entry.reject(errorFor(true));
    for (const entry of unsent) entry.reject(errorFor(false));
  }

  return {
    call(body, { signal, deadlineMs = DEFAULT_SESSION_DEADLINE_MS } = {}) {
      if (state === 'closed') return Promise.reject(new TransportError('closed', 'the session is closed', { details: { sent: false } }));
      if (signal?.aborted === true)
        return Promise.reject(
          new TransportError('cancelled', 'cancelled before the call', { details: { sent: false }, cause: signal.reason }),
        );
      return new Promise<Res>((resolve, reject) => {
        const settle = (): boolean => {
          if (entry.settled) return false;
          entry.settled = true;
          deadline.cancel();
          signal?.removeEventListener('abort', cancel);
          return true;
        };
        const entry: Entry = {
          id: nextId++,
          body,
          sizeBytes: sizeOf(body),
          sent: false,
          settled: false,
          resolve(answer) {
            if (settle()) resolve(answer);
          },
          reject(error) {
            if (settle()) reject(error);
          },
        };
        const cancel = (): void =>
          entry.reject(
            new TransportError('cancelled', 'cancelled by the caller', { details: { sent: entry.sent }, cause: signal?.reason }),
          );
        const deadline = clock.after(deadlineMs, () =>
          entry.reject(new TransportError('deadline', `no answer within ${deadlineMs} ms`, { details: { sent: entry.sent } })),
        );
        signal?.addEventListener('abort', cancel, { once: true });
        admission.enter(entry);
      });
    },
    connect() {
      if (state === 'idle' && reopening === undefined && clock.monotonicMs() >= reopenAtMs) open();
    },
    get inFlight() {
      return sent.size + queue.length;
    },
    get state() {
      return state;
    },
    [Symbol.asyncDispose]() {
      const open = stream;
      state = 'closed';
      stream = undefined;
      reopening?.cancel();
      rejectAll((isSent) => new TransportError('closed', 'the session was closed', { details: { sent: isSent } }));
      open?.cancel();
      return Promise.resolve();
    },
  };
}
