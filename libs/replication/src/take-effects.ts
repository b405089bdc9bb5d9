import { sendBeacons } from './lease.ts';
import type { Core } from './state.ts';
import type { Effect } from './types.ts';

/** What is to be done after an event, in this order; beacons that are due go along. */
export function takeEffects(core: Core): Effect[] {
  sendBeacons(core);
  const effects = core.effects;
  core.effects = [];
  return effects;
}
