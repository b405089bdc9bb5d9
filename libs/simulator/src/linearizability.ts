/** One client operation on one key. `answer` undefined: its outcome is unknown, it may take effect at any time, or never. */
export interface Operation {
  readonly id: number;
  readonly type: 'get' | 'put' | 'put-if-none-match' | 'delete';
  readonly key: string;
  readonly value: string | null;
  readonly invokedMs: number;
  returnedMs: number;
  answer: string | null | undefined;
}

const BUDGET = 300_000;

/** Wing and Gong's search with memory. Undefined when it gave up. */
export function isLinearizable(history: readonly Operation[]): boolean | undefined {
  const ops = history.filter((o) => o.answer !== undefined || o.type !== 'get').sort((a, b) => a.invokedMs - b.invokedMs);
  const done = new Uint8Array(ops.length);
  const seen = new Set<string>();
  let budget = BUDGET;

  function search(left: number, from: number, value: string | null): boolean | undefined {
    if (left === 0) return true;
    if (--budget < 0) return undefined;
    let low = from;
    while (low < ops.length && done[low] === 1) low++;
    const { candidates, shape } = next(low);
    const key = `${String(low)}|${String(value)}|${shape}`;
    if (seen.has(key)) return false;
    seen.add(key);
    // Unknown outcomes are tried last: mostly they did not happen.
    for (const known of [true, false]) {
      for (const i of candidates) {
        const op = ops[i];
        if (op === undefined || (op.answer !== undefined) !== known) continue;
        const after = apply(op, value);
        if (after === undefined) continue;
        done[i] = 1;
        const found = search(left - (known ? 1 : 0), low, after.value);
        if (found !== false) return found;
        done[i] = 0;
      }
    }
    return false;
  }

  function next(low: number): { candidates: number[]; shape: string } {
    let earliestReturn = Infinity;
    const candidates: number[] = [];
    let shape = '';
    for (let i = low; i < ops.length; i++) {
      const op = ops[i];
      if (op === undefined || op.invokedMs > earliestReturn) break;
      if (done[i] === 1) {
        shape += '.';
        continue;
      }
      if (op.answer !== undefined && op.returnedMs < earliestReturn) earliestReturn = op.returnedMs;
      candidates.push(i);
    }
    const allowed = candidates.filter((i) => (ops[i]?.invokedMs ?? 0) <= earliestReturn);
    return { candidates: allowed, shape: shape + allowed.join(',') };
  }

  return search(ops.filter((o) => o.answer !== undefined).length, 0, null);
}

/** The key's value after the operation, or undefined when it cannot have answered so. */
function apply(op: Operation, value: string | null): { value: string | null } | undefined {
  switch (op.type) {
    case 'get':
      return op.answer === value ? { value } : undefined;
    case 'put':
      return { value: op.value };
    case 'delete':
      return { value: null };
    case 'put-if-none-match':
      if (op.answer === '412') return value === null ? undefined : { value };
      return value === null ? { value: op.value } : undefined;
  }
}
