/**
 * What a primary whose rows are what its digest says concludes from the others' digests at the same entry (D4). It goes by the majority; where there is none, by
 * itself, since what it has is what was read and acknowledged.
 */
export function verdictOf(own: bigint, others: readonly { readonly digest: bigint | undefined }[]): 'equal' | 'others-differ' | 'outvoted' {
  const votes = new Map<bigint, number>([[own, 1]]);
  for (const { digest } of others) if (digest !== undefined) votes.set(digest, (votes.get(digest) ?? 0) + 1);
  if (votes.size === 1) return 'equal';
  const mine = votes.get(own) ?? 0;
  return [...votes.values()].some((count) => count > mine) ? 'outvoted' : 'others-differ';
}
