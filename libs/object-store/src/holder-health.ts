import type { Incarnation } from '@pilvi/cluster-map';
import type { Clock, Random, Supervisor } from '@pilvi/runtime';
import type { ChunkClient } from './clients.ts';
import { createDeadline } from './deadline.ts';
import type { ObjectStoreSettings } from './settings.ts';

/** Hedged requests may be this share of all, so that they cannot double the load of a slow machine. */
const HEDGE_SHARE = 0.1;
const HEDGE_BURST = 16;

/** What one gateway remembers of the nodes it asks, so that a dead or paused one costs nothing after its first failure. */
export interface HolderHealth {
  /** Failed or was slow, and has not answered since. */
  suspect(holder: Incarnation): boolean;
  failed(holder: Incarnation): void;
  /** In the order to be asked: in turn, for the load to spread, those suspect last. */
  order(holders: readonly Incarnation[]): Incarnation[];
  /** Takes one of the hedged requests allowed, if there is one. */
  mayHedge(): boolean;
}

export interface HolderHealthComponents {
  readonly chunks: ChunkClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly background: Pick<Supervisor, 'run'>;
  readonly settings: ObjectStoreSettings;
}

export function createHolderHealth(components: HolderHealthComponents): HolderHealth {
  const suspects = new Set<Incarnation>();
  let turn = Math.floor(components.random.fraction() * 1_024);
  let hedges = HEDGE_BURST;

  return {
    suspect: (holder) => suspects.has(holder),
    failed(holder) {
      if (suspects.has(holder)) return;
      suspects.add(holder);
      components.background.run('probe-holder', async (signal) => {
        try {
          await untilItAnswers(components, holder, signal);
        } finally {
          suspects.delete(holder);
        }
      });
    },
    order(holders) {
      turn = (turn + 1) % 1_024;
      hedges = Math.min(HEDGE_BURST, hedges + HEDGE_SHARE);
      const first = holders.length === 0 ? 0 : turn % holders.length;
      const rotated = [...holders.slice(first), ...holders.slice(0, first)];
      if (suspects.size === 0) return rotated;
      return [...rotated.filter((holder) => !suspects.has(holder)), ...rotated.filter((holder) => suspects.has(holder))];
    },
    mayHedge() {
      if (hedges < 1) return false;
      hedges -= 1;
      return true;
    },
  };
}

async function untilItAnswers(
  { chunks, clock, settings }: HolderHealthComponents,
  holder: Incarnation,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; tries < settings.probeTries; tries++) {
    await clock.sleep(settings.probeMs, signal);
    using patience = createDeadline(clock, settings.probeMs, signal);
    const answers = await chunks.reach(holder, patience.signal).then(
      () => true,
      () => false,
    );
    if (answers) return;
  }
}
