import { requiredMirrors } from './choose-copy.ts';

/** Which mirrors the store names, from a revision on. */
interface Naming {
  readonly revision: number;
  readonly names: readonly string[];
}

/**
 * Which commits enough mirrors hold (REPLICATION E1): `requiredMirrors` of those that the store names as of the commit.
 * A commit that names more must be held by enough of the old ones too, for the old ones may be all that a later start
 * knows of. One that drops a mirror need not: whoever drops it promises that it does not come back.
 */
export class MirrorAcks {
  readonly #namings: Naming[];
  readonly #acked = new Map<string, number>();
  readonly #live = new Set<string>();

  constructor(names: readonly string[]) {
    this.#namings = [{ revision: 0, names }];
  }

  /** Names as of the newest commit, counted or not. */
  get names(): readonly string[] {
    return (this.#namings.at(-1) as Naming).names;
  }

  /** Named mirrors that are being fed, and how many must be. */
  get reach(): { readonly live: number; readonly required: number } {
    return { live: this.names.filter((name) => this.#live.has(name)).length, required: requiredMirrors(this.names.length) };
  }

  rename(revision: number, names: readonly string[]): void {
    this.#namings.push({ revision, names });
  }

  acked(name: string, revision: number): void {
    this.#live.add(name);
    this.#acked.set(name, revision);
  }

  /** It cannot be reached; what it acknowledged it still holds. */
  lost(name: string): void {
    this.#live.delete(name);
  }

  ackedBy(name: string): number | undefined {
    return this.#live.has(name) ? this.#acked.get(name) : undefined;
  }

  holds(revision: number): boolean {
    let at = this.#namings.length - 1;
    while (at > 0 && (this.#namings[at] as Naming).revision > revision) at--;
    const { revision: since, names } = this.#namings[at] as Naming;
    const before = since === revision ? this.#namings[at - 1]?.names : undefined;
    const isHeldByOld = before === undefined || before.some((name) => !names.includes(name)) || this.#enough(before, revision);
    return isHeldByOld && this.#enough(names, revision);
  }

  /** Namings before this revision are of no use any more. */
  forget(below: number): void {
    while ((this.#namings[1]?.revision ?? Infinity) < below) this.#namings.shift();
  }

  #enough(names: readonly string[], revision: number): boolean {
    return names.filter((name) => (this.#acked.get(name) ?? -1) >= revision).length >= requiredMirrors(names.length);
  }
}
