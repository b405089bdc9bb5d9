import { MirrorLink } from './mirror-link.ts';
import type { LinkSource } from './mirror-link.ts';
import type { Acks } from './mirror-quorum.ts';
import type { ControlMirror } from './mirror.ts';

/** How far one mirror is. */
export interface MirrorState {
  /** Whom its calls reach. */
  readonly node: string;
  /** The copy there; undefined before it was heard. */
  readonly copyId: string | undefined;
  /** -1 before it was heard. */
  readonly ackedRevision: number;
}

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

  states(): MirrorState[] {
    return this.#links.map(({ mirror, copyId, ackedRevision }) => ({ node: mirror.id, copyId, ackedRevision }));
  }

  /** How far the copies are. A node that moved, or began anew over the copy it had, may be reached by two links for a while. */
  acks(expectedCopies: number): Acks {
    const copies = new Map<string, number>();
    for (const { copyId, ackedRevision } of this.#links)
      if (copyId !== undefined) copies.set(copyId, Math.max(ackedRevision, copies.get(copyId) ?? -1));
    const isComplete = copies.size > 0 && copies.size >= expectedCopies && this.#links.every((link) => link.copyId !== undefined);
    return { copies, everywhere: isComplete ? Math.min(...copies.values()) : -1 };
  }

  /** For an operator. */
  describe(latestRevision: number): string {
    const acks = [...this.acks(0).copies.values()];
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
