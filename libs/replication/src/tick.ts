import { maybeClaim } from './claim.ts';
import type { Core } from './state.ts';
import { driveTerm } from './term.ts';

/** Time has passed: terms go on, graces end, and acks given on streams that are gone are forgotten when they no longer count. */
export function onTick(core: Core): void {
  for (const replica of core.replicas.values()) {
    if (replica.term !== undefined) driveTerm(core, replica);
    else maybeClaim(core, replica);
    for (const [stream, ms] of replica.acksGiven) {
      if (!core.streams.has(stream) && core.nowMs - ms > core.options.timings.leaseGraceMs) replica.acksGiven.delete(stream);
    }
  }
}
