import type { Clock } from '@pilvi/runtime';
import { ObjectStoreError } from './errors.ts';

/** A signal that aborts with `parent`, or after `ms`; disposal stops its timer. */
export function createDeadline(clock: Clock, ms: number, parent?: AbortSignal): { readonly signal: AbortSignal } & Disposable {
  const abort = new AbortController();
  const timer = clock.after(ms, () => abort.abort(new ObjectStoreError('unavailable', `not done within ${ms} ms`)));
  const signal = parent === undefined ? abort.signal : AbortSignal.any([abort.signal, parent]);
  return { signal, [Symbol.dispose]: () => timer.cancel() };
}
