interface CopyAge {
  readonly contentTerm: number;
  readonly revision: number;
}

/** Whether what a mirror holds is newer than the own copy. */
export function isNewer(held: CopyAge, own: CopyAge): boolean {
  return compareCopies(held, own) > 0;
}

/** A term begins with all that counted in those before it, so the term decides before the revision does. */
export function compareCopies(a: CopyAge, b: CopyAge): number {
  return a.contentTerm === b.contentTerm ? a.revision - b.revision : a.contentTerm - b.contentTerm;
}
