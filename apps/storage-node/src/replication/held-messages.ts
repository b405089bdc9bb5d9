import type { PeerMessage, PersistToken, StreamId } from '@pilvi/replication';

interface Held {
  readonly afterToken: PersistToken;
  readonly stream: StreamId;
  readonly message: PeerMessage;
}

/** Answers that promise something wait here until what they promise is on disk (W1). */
export interface HeldMessages {
  hold(stream: StreamId, message: PeerMessage, afterToken: PersistToken): void;
  /** Sends what waited for `token` or less. */
  release(token: PersistToken): void;
  drop(stream: StreamId): void;
}

export function createHeldMessages(send: (stream: StreamId, message: PeerMessage) => void): HeldMessages {
  let held: Held[] = [];
  return {
    hold(stream, message, afterToken) {
      held.push({ afterToken, stream, message });
    },
    release(token) {
      if (held.length === 0) return;
      const ready = held.filter((h) => h.afterToken <= token);
      held = held.filter((h) => h.afterToken > token);
      for (const h of ready) send(h.stream, h.message);
    },
    drop(stream) {
      held = held.filter((h) => h.stream !== stream);
    },
  };
}
