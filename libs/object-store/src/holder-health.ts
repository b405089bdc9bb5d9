import type { Incarnation } from '@pilvi/cluster-map';
import type { Clock, Random } from '@pilvi/runtime';
import type { ObjectStoreSettings } from './settings.ts';

/** Hedged requests may be this share of all, so that they cannot double the load of a slow machine. */
const HEDGE_SHARE = 0.1;
const HEDGE_BURST = 16;

/** What one gateway remembers of the nodes it asks, so that a dead or paused one costs nothing after its first failure. */
export interface HolderHealth {
  /** Failed or was slow a moment ago. */
  suspect(holder: Incarnation): boolean;
  failed(holder: Incarnation): void;
  succeeded(holder: Incarnation): void;
  /** In the order to be asked: in turn, for the load to spread, those suspect last. */
  order(holders: readonly Incarnation[]): Incarnation[];
  /** Takes one of the hedged requests allowed, if there is one. */
  mayHedge(): boolean;
}

export function createHolderHealth({
  clock,
  random,
  settings,
}: {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ObjectStoreSettings;
}): HolderHealth {
  const failures = new Map<Incarnation, { count: number; untilMs: number }>();
  let turn = Math.floor(random.fraction() * 1_024);
  let hedges = HEDGE_BURST;

  function suspect(holder: Incarnation): boolean {
    const known = failures.get(holder);
    return known !== undefined && known.untilMs > clock.monotonicMs();
  }

  return {
    suspect,
    failed(holder) {
      // Several requests fail together: they count once.
      if (suspect(holder)) return;
      const count = (failures.get(holder)?.count ?? 0) + 1;
      const forMs = Math.min(settings.suspectMaxMs, settings.suspectMs * 2 ** (count - 1));
      failures.set(holder, { count, untilMs: clock.monotonicMs() + forMs });
    },
    succeeded(holder) {
      if (failures.size > 0 && !suspect(holder)) failures.delete(holder);
    },
    order(holders) {
      turn = (turn + 1) % 1_024;
      hedges = Math.min(HEDGE_BURST, hedges + HEDGE_SHARE);
      const first = holders.length === 0 ? 0 : turn % holders.length;
      const rotated = [...holders.slice(first), ...holders.slice(0, first)];
      if (failures.size === 0) return rotated;
      return [...rotated.filter((holder) => !suspect(holder)), ...rotated.filter(suspect)];
    },
    mayHedge() {
      if (hedges < 1) return false;
      hedges -= 1;
      return true;
    },
  };
}
