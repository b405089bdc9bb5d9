export type Verb = 'put' | 'get' | 'head' | 'list' | 'delete';
/** `mixed` is half GETs, with PUTs, HEADs and DELETEs between. */
export type Workload = Verb | 'mixed';

export const WORKLOADS: readonly Workload[] = ['put', 'get', 'head', 'list', 'delete', 'mixed'];

/** Shares of `mixed`, of 100. */
const MIX: readonly (readonly [Verb, number])[] = [
  ['get', 50],
  ['head', 20],
  ['put', 20],
  ['delete', 10],
];

/** Picks the verb of the next request. `fraction` is in [0, 1). */
export function pickVerb(workload: Workload, fraction: number): Verb {
  if (workload !== 'mixed') return workload;
  let left = fraction * 100;
  for (const [verb, share] of MIX) {
    if (left < share) return verb;
    left -= share;
  }
  return 'get';
}
