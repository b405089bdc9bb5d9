import { isLinearizable } from '@pilvi/simulator';
import type { Operation } from '@pilvi/simulator';

/** What Wing and Gong's search says of many keys' histories. */
export interface Verdict {
  readonly operations: number;
  /** Of these, how many have an unknown outcome. */
  readonly unknown: number;
  readonly keys: number;
  /** Keys whose history no order explains. */
  readonly violations: readonly string[];
  /** Keys whose history was too tangled to decide. */
  readonly undecided: readonly string[];
}

/** Each key is a register of its own: its history is held against all orders that could explain it. Pure. */
export function judgeHistories(history: readonly Operation[]): Verdict {
  const byKey = Map.groupBy(history, (op) => op.key);
  const violations: string[] = [];
  const undecided: string[] = [];
  for (const [key, ops] of byKey) {
    const verdict = isLinearizable(ops);
    if (verdict === false) violations.push(key);
    else if (verdict === undefined) undecided.push(key);
  }
  const unknown = history.filter((op) => op.answer === undefined).length;
  return { operations: history.length, unknown, keys: byKey.size, violations, undecided };
}
