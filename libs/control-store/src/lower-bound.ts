import { compareUtf8 } from '@pilvi/runtime';

/** Index of the first key that is not below `key`, in the order of their UTF-8 bytes (etcd's order). */
export function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(sorted[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
