import type { IncomingMessage } from 'node:http';
import type { Clock } from '@pilvi/runtime';

/** Below this, Node reads the rest of a refused body away and the connection lives on. */
const MAX_IGNORED_BYTES = 262_144;
/** What is read away at most before the connection closes, so that a client which sends first and listens later sees its answer. */
const MAX_DRAINED_BYTES = 8 * 1024 ** 2;
const MAX_DRAIN_MS = 3_000;

/** Whether a reply now leaves so much of the request's body unread that the connection must close. */
export function leavesBodyUnread(request: IncomingMessage): boolean {
  if (request.complete) return false;
  if (request.headers['transfer-encoding'] !== undefined) return true;
  const length = Number(request.headers['content-length'] ?? 0);
  if (length === 0) return false;
  return length > MAX_IGNORED_BYTES || request.headers.expect !== undefined;
}

/** Reads on, and throws away, for a bounded amount and time. */
export function drain(request: IncomingMessage, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let drainedBytes = 0;
    const done = (): void => {
      limit.cancel();
      request.off('data', count).off('end', done).off('close', done).off('error', done);
      request.pause();
      resolve();
    };
    const count = (piece: Buffer): void => {
      drainedBytes += piece.length;
      if (drainedBytes > MAX_DRAINED_BYTES) done();
    };
    const limit = clock.after(MAX_DRAIN_MS, done);
    if (request.complete || request.destroyed) {
      done();
      return;
    }
    request.on('data', count).on('end', done).on('close', done).on('error', done);
    request.resume();
  });
}
