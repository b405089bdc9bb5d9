import type { Random } from '@pilvi/runtime';

/** The low bits are chance: two gateways that start at once do not take the same term, so the higher one fences the other. */
const CHANCE = 2 ** 20;

/** A term above every one seen. */
export function nextTerm(highestSeen: number, random: Random): number {
  return (Math.floor(highestSeen / CHANCE) + 1) * CHANCE + Math.floor(random.fraction() * CHANCE);
}
