import { createHash } from 'node:crypto';

/** What a key may hold: the last acknowledged write, or any whose outcome is unknown since. `null`: nothing. */
interface KeyState {
  acknowledged: string | null;
  /** Digests of writes (null: deletes) sent since the last acknowledgement whose answer never came. */
  uncertain: (string | null)[];
}

/** What was acknowledged, so that what is read can be held against it. One writer per key at a time. */
export class Ledger {
  readonly #keys = new Map<string, KeyState>();
  acknowledgements = 0;

  acknowledged(key: string, digest: string | null): void {
    this.#keys.set(key, { acknowledged: digest, uncertain: [] });
    this.acknowledgements++;
  }

  unknown(key: string, digest: string | null): void {
    const state = this.#keys.get(key) ?? { acknowledged: null, uncertain: [] };
    state.uncertain.push(digest);
    this.#keys.set(key, state);
  }

  /** Why what was read cannot be, or undefined. A read settles what was uncertain. */
  check(key: string, read: string | null): string | undefined {
    const state = this.#keys.get(key);
    if (state === undefined) return read === null ? undefined : `${key}: read ${read}, never written`;
    if (read === state.acknowledged) return undefined;
    if (state.uncertain.includes(read)) {
      this.#keys.set(key, { acknowledged: read, uncertain: state.uncertain });
      return undefined;
    }
    return `${key}: read ${String(read)}, acknowledged ${String(state.acknowledged)}, uncertain ${state.uncertain.map(String).join(' ')}`;
  }

  keys(): string[] {
    return [...this.#keys.keys()];
  }
}

export function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}
