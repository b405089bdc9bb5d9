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
  /**
   * Failed, and has not answered since: new uploads go without it. One that is only slow is not suspect, since every chunk it is not
   * given has to be repaired, which makes slow nodes slower.
   */
  suspect(holder: Incarnation): boolean;
  failed(holder: Incarnation): void;
  /** It let a read wait: reads ask it last until it answers a probe; one that does not answer is suspect. */
  slow(holder: Incarnation): void;
  /** In the order to be asked: in turn, for the load to spread, those suspect or slow last. */
  order(holders: readonly Incarnation[]): Incarnation[];
  /** Whether a second holder may be asked beside this one: always when it is suspect, else within a share of all requests. */
  mayHedge(holder: Incarnation): boolean;
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
  const slow = new Set<Incarnation>();
  let turn = Math.floor(components.random.fraction() * 1_024);
  let hedges = HEDGE_BURST;

  function failed(holder: Incarnation): void {
    if (suspects.has(holder)) return;
    suspects.add(holder);
    components.background.run('probe-holder', async (signal) => {
      try {
        await untilItAnswers(components, holder, signal);
      } finally {
        suspects.delete(holder);
      }
    });
  }

  return {
    suspect: (holder) => suspects.has(holder),
    failed,
    slow(holder) {
      if (slow.has(holder) || suspects.has(holder)) return;
      slow.add(holder);
      components.background.run('probe-holder', async (signal) => {
        try {
          if (!(await answers(components, holder, signal))) failed(holder);
        } finally {
          slow.delete(holder);
        }
      });
    },
    order(holders) {
      turn = (turn + 1) % 1_024;
      hedges = Math.min(HEDGE_BURST, hedges + HEDGE_SHARE);
      const first = holders.length === 0 ? 0 : turn % holders.length;
      const rotated = [...holders.slice(first), ...holders.slice(0, first)];
      if (suspects.size + slow.size === 0) return rotated;
      const rank = (holder: Incarnation): number => (suspects.has(holder) ? 2 : slow.has(holder) ? 1 : 0);
      return rotated.sort((a, b) => rank(a) - rank(b));
    },
    mayHedge(holder) {
      if (suspects.has(holder)) return true;
      if (hedges < 1) return false;
      hedges -= 1;
      return true;
    },
  };
}

async function untilItAnswers(components: HolderHealthComponents, holder: Incarnation, signal: AbortSignal): Promise<void> {
  const { clock, settings } = components;
  for (let tries = 0; tries < settings.probeTries; tries++) {
    await clock.sleep(settings.probeMs, signal);
    if (await answers(components, holder, signal)) return;
  }
}

async function answers({ chunks, clock, settings }: HolderHealthComponents, holder: Incarnation, signal: AbortSignal): Promise<boolean> {
  using patience = createDeadline(clock, settings.probeMs, signal);
  return await chunks.reach(holder, patience.signal).then(
    () => true,
    () => false,
  );
}
