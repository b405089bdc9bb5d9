import { MirrorLink } from './mirror-link.ts';
import type { LinkSource } from './mirror-link.ts';
import type { Acks } from './mirror-quorum.ts';
import type { ControlMirror } from './mirror.ts';

/** The links to all mirrors of one store. */
export class MirrorLinks {
  readonly #source: LinkSource;
  #links: MirrorLink[] = [];
  readonly #closing = new Set<Promise<void>>();

  constructor(source: LinkSource) {
    this.#source = source;
  }

  /** Links to these and no others from now on. */
  set(mirrors: readonly ControlMirror[]): void {
    const kept = this.#links.filter((link) => mirrors.includes(link.mirror));
    for (const link of this.#links) if (!kept.includes(link)) this.#drop(link);
    const added = mirrors.filter((mirror) => !kept.some((link) => link.mirror === mirror));
    this.#links = kept;
    for (const mirror of added) this.#links.push(new MirrorLink(mirror, this.#source));
  }

  states(): { id: string; ackedRevision: number }[] {
    return this.#links.map(({ mirror, ackedRevision }) => ({ id: mirror.id, ackedRevision }));
  }

  /** How far each mirror is: a node that moved may be reached by two links for a while. */
  acks(): Acks {
    const acks = new Map<string, number>();
    for (const { mirror, ackedRevision } of this.#links) acks.set(mirror.id, Math.max(ackedRevision, acks.get(mirror.id) ?? -1));
    return acks;
  }

  /** For an operator. */
  describe(latestRevision: number): string {
    const acks = [...this.acks().values()];
    return `${String(acks.filter((revision) => revision >= latestRevision).length)} of ${String(acks.length)} are up to date`;
  }

  /** There are new commits. */
  wake(): void {
    for (const link of this.#links) link.wake();
  }

  async close(): Promise<void> {
    this.set([]);
    await Promise.all(this.#closing);
  }

  #drop(link: MirrorLink): void {
    const closed = link.close().finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}
