import { ControlStoreError } from './errors.ts';
import type { Keyspace } from './keyspace.ts';
import { changeQuorum, countedThrough, isSafeToServe, mirrorsOf } from './mirror-quorum.ts';
import type { Acks, MirrorSet } from './mirror-quorum.ts';
import type { MirrorsRecord } from './reserved-keys.ts';

/** Which mirrors count, now and as commits that wait change it; and whether enough of them hold what the start found (E1, E2). */
export class RequiredMirrors {
  readonly #found: MirrorsRecord;
  readonly #foundRevision: number;
  /** The first of them is certain: what names it counts. */
  readonly #sets: MirrorSet[];
  #isServing = false;
  readonly #serving = Promise.withResolvers<undefined>();

  /** From the state that a start found. */
  constructor(state: Keyspace) {
    this.#found = mirrorsOf(state);
    this.#foundRevision = state.revision;
    this.#sets = [{ fromRevision: 0, ids: this.#found.required }];
    // Nobody may wait for it.
    this.#serving.promise.catch(() => undefined);
  }

  /** No change of them waits to be counted. */
  get isCertain(): boolean {
    return this.#sets.length === 1;
  }

  /** The newest revision that counts; 0 until enough hold what was found. */
  counted(acks: Acks, durableRevision: number): number {
    if (!this.#isServing) {
      if (!isSafeToServe(this.#found, acks, this.#foundRevision)) return 0;
      this.#isServing = true;
      this.#serving.resolve(undefined);
    }
    const counted = countedThrough(this.#sets, acks, durableRevision);
    while ((this.#sets[1]?.fromRevision ?? Number.POSITIVE_INFINITY) <= counted) this.#sets.shift();
    return counted;
  }

  /** What is to be recorded, as this revision, for these to count; undefined when they are the newest anyway. */
  change(ids: readonly string[], revision: number): MirrorsRecord | undefined {
    const required = [...new Set(ids)].sort();
    if (required.join() === this.#sets.at(-1)!.ids.join()) return undefined;
    const before = this.#sets.map((set) => set.ids).filter((set) => set.length > 0);
    this.#sets.push({ fromRevision: revision, ids: required });
    return { required, before };
  }

  /** E2: what was found may rest on the own disk alone, or another gateway may have gone on; the mirrors tell. */
  notYetServing(): string | undefined {
    if (this.#isServing) return undefined;
    const { required } = this.#found;
    return `waiting for ${String(changeQuorum(required))} of the ${String(required.length)} storage nodes that keep the control data`;
  }

  /** Resolves when enough hold what was found; throws when it ends, or the signal aborts, before. */
  async serving(signal?: AbortSignal): Promise<void> {
    const gaveUp = Promise.withResolvers<never>();
    const abort = (): void => {
      gaveUp.reject(new ControlStoreError('unavailable', 'given up before enough storage nodes answered', { cause: signal?.reason }));
    };
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.#serving.promise, gaveUp.promise]);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  end(error: ControlStoreError): void {
    this.#serving.reject(error);
  }
}
