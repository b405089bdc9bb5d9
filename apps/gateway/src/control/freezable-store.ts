import { ControlStoreError } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';

/** A control store whose writes can be held back while it is copied. Reads go on. */
export interface FreezableStore extends ControlStore {
  /** Refuses writes from now on; resolves when those under way have ended. */
  freeze(): Promise<void>;
  thaw(): void;
  /** The one who froze it may write. */
  readonly txnWhileFrozen: ControlStore['txn'];
}

export function createFreezableStore(store: ControlStore): FreezableStore {
  let isFrozen = false;
  const underWay = new Set<Promise<unknown>>();

  async function write<T>(work: () => Promise<T>): Promise<T> {
    if (isFrozen) throw new ControlStoreError('unavailable', 'the control data is being moved');
    const done = work();
    underWay.add(done);
    try {
      return await done;
    } finally {
      underWay.delete(done);
    }
  }

  return {
    get: (key, signal) => store.get(key, signal),
    range: (prefix, options) => store.range(prefix, options),
    watch: (prefix, fromRevision, signal) => store.watch(prefix, fromRevision, signal),
    txn: (compares, changes, signal) => write(() => store.txn(compares, changes, signal)),
    grantLease: (ttlMs) => write(() => store.grantLease(ttlMs)),
    keepAlive: (lease) => store.keepAlive(lease),
    revokeLease: (lease) => write(() => store.revokeLease(lease)),
    txnWhileFrozen: (compares, changes, signal) => store.txn(compares, changes, signal),
    async freeze() {
      if (isFrozen) throw new ControlStoreError('unavailable', 'the control data is being moved already');
      isFrozen = true;
      await Promise.allSettled(underWay);
    },
    thaw() {
      isFrozen = false;
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
