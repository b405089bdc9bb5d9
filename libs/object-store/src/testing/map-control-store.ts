import type { ControlStore, KeyValue, WatchBatch } from '@pilvi/control-store';

/** A control store in a Map. */
export function createMapControlStore(): ControlStore {
  const entries = new Map<string, KeyValue>();
  const history: WatchBatch[] = [];
  const watchers = new Set<() => void>();
  let revision = 1;
  let lastLease = 0;

  const store: ControlStore = {
    get: (key) => Promise.resolve(entries.get(key)),
    range(prefix, { startAfter = '', limit = Number.POSITIVE_INFINITY } = {}) {
      const found = [...entries.values()]
        .filter(({ key }) => key.startsWith(prefix) && key > startAfter)
        .sort((a, b) => (a.key < b.key ? -1 : 1));
      return Promise.resolve({ revision, entries: found.slice(0, limit), more: found.length > limit });
    },
    txn(compares, changes) {
      if (!compares.every(({ key, modRevision }) => (entries.get(key)?.modRevision ?? 0) === modRevision))
        return Promise.resolve({ succeeded: false, revision });
      revision++;
      const events: WatchBatch['events'][number][] = [];
      for (const change of changes) {
        const old = entries.get(change.key);
        if (change.kind === 'delete') {
          if (entries.delete(change.key)) events.push({ kind: 'delete', key: change.key, modRevision: revision });
          continue;
        }
        const entry: KeyValue = {
          key: change.key,
          value: Buffer.from(change.value),
          createRevision: old?.createRevision ?? revision,
          modRevision: revision,
          version: (old?.version ?? 0) + 1,
          lease: change.lease ?? 0,
        };
        entries.set(change.key, entry);
        events.push({ kind: 'put', entry });
      }
      history.push({ revision, events });
      for (const wake of watchers) wake();
      return Promise.resolve({ succeeded: true, revision });
    },
    async *watch(prefix, fromRevision, signal) {
      const keyOf = (event: WatchBatch['events'][number]): string => (event.kind === 'put' ? event.entry.key : event.key);
      for (let next = 0; !signal.aborted;) {
        const batch = history[next];
        if (batch === undefined) {
          await new Promise<void>((resolve) => {
            watchers.add(resolve);
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
          watchers.clear();
          continue;
        }
        next++;
        const events = batch.events.filter((event) => keyOf(event).startsWith(prefix));
        if (batch.revision >= fromRevision && events.length > 0) yield { revision: batch.revision, events };
      }
    },
    grantLease: () => Promise.resolve(++lastLease),
    keepAlive: () => Promise.resolve(),
    async revokeLease(lease) {
      for (const { key } of [...entries.values()].filter((entry) => entry.lease === lease)) await store.txn([], [{ kind: 'delete', key }]);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return store;
}
