import { Metadata, status } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { silentLogger } from '@pilvi/runtime';
import type { Logger } from '@pilvi/runtime';
import { beforeServerCloses } from './server.ts';
import type { SessionRequestFrame, SessionResponseFrame } from './session-client.ts';
import { MAX_FRAME_BYTES, MESSAGE_OVERHEAD_BYTES } from './settings.ts';
import { oncePerTurn, takeFrame } from './turn.ts';

export interface SessionServerLimits {
  /** Requests of one stream that are worked on at a time; the others wait, and the stream is read no further. */
  readonly maxConcurrent: number;
  /** Bytes of answers that wait for a client slow to read them; beyond it no further request is begun. */
  readonly maxUnsentBytes: number;
  readonly maxFrameBytes: number;
}

export const SESSION_SERVER_LIMITS: SessionServerLimits = {
  maxConcurrent: 1_024,
  maxUnsentBytes: 32 * 1024 * 1024,
  maxFrameBytes: MAX_FRAME_BYTES,
};

export interface ServeSessionOptions<Req, Res> {
  readonly limits?: Partial<SessionServerLimits>;
  /** Payload bytes of an answer. */
  readonly sizeOf?: (body: Res) => number;
  /** The answer when the handler rejects; without it such a bug ends the stream. */
  readonly onFailure?: (error: unknown, request: Req) => Res;
  readonly log?: Logger;
}

interface Answer<Res> {
  readonly id: bigint;
  readonly body: Res;
  readonly sizeBytes: number;
}

/**
 * Answers a session's requests, each when it is ready, gathered per turn into frames. The signal given to the handler aborts when
 * the stream ends, whoever ended it.
 */
export function serveSession<Req, Res>(
  call: ServerDuplexStream<SessionRequestFrame<Req>, SessionResponseFrame<Res>>,
  handler: (body: Req, context: { readonly signal: AbortSignal }) => Promise<Res> | Res,
  options: ServeSessionOptions<Req, Res> = {},
): void {
  const limits = { ...SESSION_SERVER_LIMITS, ...options.limits };
  const log = options.log ?? silentLogger;
  const abort = new AbortController();
  const waiting: { id: bigint; body: Req }[] = [];
  const answers: Answer<Res>[] = [];
  let working = 0;
  let unsentBytes = 0;
  let writable = true;
  let halfClosed = false;

  const answer = (id: bigint, body: Res): void => {
    const sizeBytes = MESSAGE_OVERHEAD_BYTES + (options.sizeOf?.(body) ?? 0);
    answers.push({ id, body, sizeBytes });
    unsentBytes += sizeBytes;
    flush();
  };
  const fail = (error: unknown): void => {
    log.error({ err: error }, 'session handler failed');
    call.emit('error', { code: status.INTERNAL, details: 'the request could not be handled' });
  };

  async function work(id: bigint, body: Req): Promise<void> {
    try {
      const result = await handler(body, { signal: abort.signal });
      if (!abort.signal.aborted) answer(id, result);
    } catch (error) {
      if (abort.signal.aborted) return;
      if (options.onFailure === undefined) fail(error);
      else answer(id, options.onFailure(error, body));
    } finally {
      working--;
      proceed();
    }
  }

  /** Begins what may begin; reads on only when nothing is left waiting. */
  function proceed(): void {
    while (waiting.length > 0 && working < limits.maxConcurrent && unsentBytes < limits.maxUnsentBytes && !abort.signal.aborted) {
      const next = waiting.shift();
      if (next === undefined) break;
      working++;
      void work(next.id, next.body); // never rejects
    }
    if (waiting.length > 0) call.pause();
    else if (call.isPaused()) call.resume();
    if (halfClosed && working === 0 && waiting.length === 0 && answers.length === 0 && !abort.signal.aborted) call.end();
  }

  const flush = oncePerTurn(() => {
    while (writable && answers.length > 0 && !abort.signal.aborted) {
      const batch = takeFrame(answers, (item) => item.sizeBytes, limits.maxFrameBytes);
      for (const item of batch) unsentBytes -= item.sizeBytes;
      writable = call.write({ responses: batch.map(({ id, body }) => ({ id, body })) });
    }
    proceed();
  });

  const end = (): void => {
    if (abort.signal.aborted) return;
    abort.abort(new DOMException('the session ended', 'AbortError'));
    waiting.length = 0;
    answers.length = 0;
    unsentBytes = 0;
  };

  call.on('data', (frame: SessionRequestFrame<Req>) => {
    for (const { id, body } of frame.requests) {
      if (body === undefined) {
        fail(new Error(`request ${id} has no body this version knows`));
        return;
      }
      waiting.push({ id, body });
    }
    proceed();
  });
  call.on('drain', () => {
    writable = true;
    flush();
  });
  call.on('end', () => {
    halfClosed = true;
    proceed();
  });
  call.on('error', end);
  call.on('cancelled', end);
  beforeServerCloses(call, () => {
    end();
    call.end();
  });
  // Tells the client that it may send (see createSessionClient).
  call.sendMetadata(new Metadata());
}
