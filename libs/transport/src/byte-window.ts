import { Writable } from 'node:stream';

const WINDOW_BYTES = 256 * 1024;
const PART_BYTES = 64 * 1024;

/** Bytes on their way to a reader who says what it has taken: never more than 256 KiB and what one write adds. For byte streams within gRPC streams. */
export interface ByteWindow {
  /** Hands what is written to `send`, in parts of 64 KiB at most, and lets the writer wait while the window is full. Sinks of one window share it. */
  sink(send: (part: Buffer) => void): Writable;
  taken(bytes: number): void;
  /** Nobody takes anything any more: writers fail. */
  close(): void;
}

export function createByteWindow(): ByteWindow {
  let onTheWay = 0;
  let isClosed = false;
  const waiting = new Set<() => void>();
  const goOn = (): void => {
    const all = [...waiting];
    waiting.clear();
    for (const go of all) go();
  };
  return {
    sink: (send) =>
      new Writable({
        highWaterMark: PART_BYTES,
        write(bytes: Buffer, _encoding, done) {
          const go = (): void => done(isClosed ? new Error('the reader has gone') : null);
          if (!isClosed) for (let at = 0; at < bytes.length; at += PART_BYTES) send(bytes.subarray(at, at + PART_BYTES));
          onTheWay += bytes.length;
          if (isClosed || onTheWay < WINDOW_BYTES) go();
          else waiting.add(go);
        },
      }),
    taken(bytes) {
      onTheWay -= bytes;
      if (onTheWay < WINDOW_BYTES) goOn();
    },
    close() {
      isClosed = true;
      goOn();
    },
  };
}
