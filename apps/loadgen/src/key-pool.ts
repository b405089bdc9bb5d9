import type { Random } from '@pilvi/runtime';
import type { Verb } from './operation.ts';

const ABSENT = 0;
const PRESENT = 1;
const TRIES = 64;

/**
 * Which keys exist, so that every answer can be judged: a key has one writer at a time, and is not read while it is being
 * written or deleted.
 */
export class KeyPool {
  readonly #random: Pick<Random, 'fraction'>;
  readonly #state: Uint8Array;
  /** Requests under way on each key; -1: a writer. */
  readonly #users: Int32Array;
  #next = 0;

  constructor(keys: number, random: Pick<Random, 'fraction'>) {
    this.#random = random;
    this.#state = new Uint8Array(keys);
    this.#users = new Int32Array(keys);
  }

  get size(): number {
    return this.#state.length;
  }

  /** A key for this verb, held until `release`; undefined when there is none now. Writers take keys in turn, readers at random. */
  take(verb: Exclude<Verb, 'list'>): number | undefined {
    const writes = verb === 'put' || verb === 'delete';
    for (let tries = 0; tries < (writes ? this.size : TRIES); tries++) {
      const key = writes ? this.#next++ % this.size : Math.floor(this.#random.fraction() * this.size);
      const fits = verb === 'put' || this.#state[key] === PRESENT;
      if (!fits || this.#users[key]! < 0 || (writes && this.#users[key] !== 0)) continue;
      this.#users[key] = writes ? -1 : this.#users[key]! + 1;
      return key;
    }
    return undefined;
  }

  /** `done`: the request was carried out. The outcome of a write that failed is not known: its key is put again before it is read. */
  release(key: number, verb: Exclude<Verb, 'list'>, done: boolean): void {
    if (verb === 'put' || verb === 'delete') {
      this.#users[key] = 0;
      this.#state[key] = verb === 'put' && done ? PRESENT : ABSENT;
    } else {
      this.#users[key]! -= 1;
    }
  }
}
