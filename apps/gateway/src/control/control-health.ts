import { ControlStoreError } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import type { Clock, Logger } from '@pilvi/runtime';
import { SETTINGS_KEY } from '../cluster/keys.ts';

const LOOK_EVERY_MS = 1_000;
const ANSWER_BOUND_MS = 2_000;

/** Whether the control store answers. Without it healthy partitions serve on, and what needs a change waits (C4). */
export interface ControlHealth {
  /** Why it does not serve, for a person; empty when it does. */
  readonly reason: () => string;
  /** The control store is not open yet. */
  waiting(reason: string): void;
  /** Asks it again and again, until the signal aborts. */
  watch(control: ControlStore, signal: AbortSignal): Promise<void>;
}

export function createControlHealth({ clock, log }: { readonly clock: Clock; readonly log: Logger }): ControlHealth {
  let reason = 'the control store is not open yet';

  async function ask(control: ControlStore, signal: AbortSignal): Promise<string> {
    const bound = new AbortController();
    const timer = clock.after(ANSWER_BOUND_MS, () => bound.abort());
    try {
      await control.get(SETTINGS_KEY, AbortSignal.any([signal, bound.signal]));
      return '';
    } catch (error) {
      if (!(error instanceof ControlStoreError)) throw error;
      return bound.signal.aborted ? 'it does not answer' : error.message;
    } finally {
      timer.cancel();
    }
  }

  return {
    reason: () => reason,
    waiting(why) {
      reason = why;
    },
    async watch(control, signal) {
      while (!signal.aborted) {
        const now = await ask(control, signal);
        if ((now === '') !== (reason === ''))
          log.info({ reason: now }, now === '' ? 'the control store serves' : 'the control store does not serve');
        reason = now;
        await clock.sleep(LOOK_EVERY_MS, signal);
      }
    },
  };
}
