import type { Incarnation } from '@pilvi/cluster-map';
import type { Clock } from '@pilvi/runtime';

/** A node that called, before anything is known of the cluster. */
export interface Contact {
  readonly incarnation: Incarnation;
  readonly address: string;
  readonly zone: string;
  /** The cluster its disk belongs to; empty for a new disk. */
  readonly clusterId: string;
}

/** Who has called since this gateway started: where copies of the control store may lie (E2), and which zones a new cluster has. */
export interface FirstContacts {
  note(contact: Contact): void;
  readonly all: readonly Contact[];
  /** Calls `listener` after every call of a node, until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** Resolves when `count` nodes have called, or after `boundMs`. Rejects with its reason when `signal` aborts. */
  gather(count: number, boundMs: number, signal: AbortSignal): Promise<readonly Contact[]>;
}

export function createFirstContacts(clock: Clock): FirstContacts {
  const contacts = new Map<Incarnation, Contact>();
  const listeners = new Set<() => void>();
  return {
    note(contact) {
      // A node whose disk was replaced answers where the old one did (C6).
      for (const old of contacts.values()) if (old.address === contact.address) contacts.delete(old.incarnation);
      contacts.set(contact.incarnation, contact);
      for (const listener of listeners) listener();
    },
    get all() {
      return [...contacts.values()];
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async gather(count, boundMs, signal) {
      signal.throwIfAborted();
      const over = Promise.withResolvers<undefined>();
      const end = (): void => over.resolve(undefined);
      const look = (): void => {
        if (contacts.size >= count) end();
      };
      const bound = clock.after(boundMs, end);
      signal.addEventListener('abort', end, { once: true });
      listeners.add(look);
      look();
      await over.promise;
      bound.cancel();
      signal.removeEventListener('abort', end);
      listeners.delete(look);
      signal.throwIfAborted();
      return [...contacts.values()];
    },
  };
}
