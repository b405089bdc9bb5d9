import { ControlStoreError } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import type { Clock, Logger } from '@pilvi/runtime';
import { RESTORED_KEY } from './restore/restored-record.ts';

const LOOK_EVERY_MS = 1_000;
const ANSWER_BOUND_MS = 2_000;

/** Whether the control store answers. Without it healthy partitions serve on, and what needs a change waits (C4). */
export interface ControlHealth {
  /** Why it does not serve, for a person; empty when it does. */
  readonly reason: () => string;
  /** The control store is not open yet. */
  waiting(reason: string): void;
  /** Asks it again and again, until the signal aborts. Throws when it was restored from a backup meanwhile: what was read of it before is void. */
  watch(control: ControlStore, signal: AbortSignal): Promise<void>;
}

export function createControlHealth({ clock, log }: { readonly clock: Clock; readonly log: Logger }): ControlHealth {
  let reason = 'the control store is not open yet';
  let restored: { readonly by: string } | undefined;

  async function ask(control: ControlStore, signal: AbortSignal): Promise<string> {
    const bound = new AbortController();
    const timer = clock.after(ANSWER_BOUND_MS, () => bound.abort());
    try {
      const record = await control.get(RESTORED_KEY, AbortSignal.any([signal, bound.signal]));
      const by = record?.value.toString() ?? '';
      restored ??= { by };
      if (by !== restored.by) throw new Error('the control data was restored from a backup: this gateway starts again');
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
