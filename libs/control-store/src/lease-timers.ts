import type { Cancellable, Clock } from '@pilvi/runtime';

/** After a failed attempt to end a lease. */
const RETRY_MS = 1_000;

/**
 * When leases end. Kept on the monotonic clock of the process that serves the store: after its restart every lease
 * starts anew, so one ends late rather than early.
 */
export class LeaseTimers {
  readonly #clock: Clock;
  readonly #end: (lease: number) => Promise<unknown>;
  readonly #leases = new Map<number, { readonly ttlMs: number; timer: Cancellable; expired: boolean }>();

  /** `end` deletes the lease and its keys; it is asked again while it fails. */
  constructor(clock: Clock, end: (lease: number) => Promise<unknown>) {
    this.#clock = clock;
    this.#end = end;
  }

  start(lease: number, ttlMs: number): void {
    this.#leases.get(lease)?.timer.cancel();
    this.#leases.set(lease, { ttlMs, expired: false, timer: this.#after(lease, ttlMs) });
  }

  /** False when there is no such lease, or it has expired. */
  renew(lease: number): boolean {
    const found = this.#leases.get(lease);
    if (found === undefined || found.expired) return false;
    found.timer.cancel();
    found.timer = this.#after(lease, found.ttlMs);
    return true;
  }

  stop(lease: number): void {
    this.#leases.get(lease)?.timer.cancel();
    this.#leases.delete(lease);
  }

  stopAll(): void {
    for (const lease of [...this.#leases.keys()]) this.stop(lease);
  }

  #after(lease: number, ms: number): Cancellable {
    return this.#clock.after(ms, () => {
      const found = this.#leases.get(lease);
      if (found === undefined) return;
      found.expired = true;
      this.#end(lease).catch(() => {
        if (this.#leases.get(lease) === found) found.timer = this.#after(lease, RETRY_MS);
      });
    });
  }
}
