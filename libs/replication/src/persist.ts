import { emit } from './state.ts';
import type { Core, Replica } from './state.ts';
import type { PeerMessage, PersistRecord, PersistToken, StreamId } from './types.ts';

/** Hands records to the log; what is sent after the returned token waits for them. */
export function persist(core: Core, records: readonly PersistRecord[]): PersistToken {
  const token = core.nextToken++;
  emit(core, { kind: 'persist', token, records });
  return token;
}

/** As `persist`, and remembers that the replica's own log is durable to its end once the token is. */
export function persistEntries(core: Core, replica: Replica, records: readonly PersistRecord[]): PersistToken {
  const token = persist(core, records);
  core.awaitingDurable.push({ token, replica, seq: replica.log.last.seq, generation: replica.generation });
  return token;
}

/** Everything handed to the log so far. A promise or an ack is sent only after it. */
export function lastToken(core: Core): PersistToken {
  return core.nextToken - 1;
}

export function sendAfter(core: Core, stream: StreamId, message: PeerMessage, afterToken: PersistToken): void {
  emit(core, { kind: 'send', stream, message, afterToken: afterToken <= core.durableToken ? 0 : afterToken });
}

/** Sends at once. */
export function send(core: Core, stream: StreamId, message: PeerMessage): void {
  emit(core, { kind: 'send', stream, message, afterToken: 0 });
}

/** The log is durable up to `token`; returns the replicas whose own position moved. */
export function noteDurable(core: Core, token: PersistToken): Set<Replica> {
  core.durableToken = Math.max(core.durableToken, token);
  const moved = new Set<Replica>();
  let done = 0;
  for (const waiting of core.awaitingDurable) {
    if (waiting.token > core.durableToken) break;
    done++;
    if (waiting.generation !== waiting.replica.generation) continue;
    if (waiting.seq > waiting.replica.synced) {
      waiting.replica.synced = waiting.seq;
      moved.add(waiting.replica);
    }
  }
  core.awaitingDurable.splice(0, done);
  return moved;
}
