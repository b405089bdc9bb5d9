import type { Random } from './random.ts';

/** How long to wait before a next attempt. */
export interface BackoffPolicy {
  readonly firstMs: number;
  readonly capMs: number;
  readonly factor: number;
}

/** Wait before attempt `failures + 1`, after that many failures in a row; up to a fifth less, at random, so that peers do not march in step. */
export function backoffMs(policy: BackoffPolicy, failures: number, random: Pick<Random, 'fraction'>): number {
  const full = Math.min(policy.capMs, policy.firstMs * policy.factor ** Math.max(0, failures - 1));
  return full * (1 - 0.2 * random.fraction());
}
