import type { InstanceRecord, ObservedState } from './records.ts';

/** EC2's state codes. Source: InstanceState, Amazon EC2 API reference. */
export const STATE_CODES: Readonly<Record<ObservedState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/**
 * What is shown of an instance: what was asked for decides which way it goes, what its node saw decides how far it came. It is never shown as having
 * arrived on the strength of being asked.
 */
export function instanceState({ power, starts, generation, observed }: InstanceRecord): ObservedState {
  const seen = observed?.state;
  switch (power) {
    case 'terminated':
      return seen === 'terminated' ? 'terminated' : 'shutting-down';
    case 'stopped':
      if (seen === 'terminated' || seen === 'shutting-down') return seen;
      if (observed === undefined || seen !== 'stopped') return 'stopping';
      // The word is about this run, or about all that was ever asked.
      return observed.starts >= starts || observed.generation >= generation ? 'stopped' : 'stopping';
    case 'running':
      if (observed === undefined) return 'pending';
      // The node speaks of an earlier run.
      if (observed.starts < starts) return observed.state === 'terminated' ? 'terminated' : 'pending';
      return observed.state;
    default:
      return power satisfies never;
  }
}

/** Nothing of it is left, or nothing will be; its addresses and names are free. */
export function isGone(record: InstanceRecord): boolean {
  return instanceState(record) === 'terminated';
}
