import type { Incarnation } from '@pilvi/cluster-map';
import { ControlStoreError } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import type { Clock, Logger } from '@pilvi/runtime';
import { GATEWAY_PREFIX } from './keys.ts';
import type { NodeReports } from './node-reports.ts';

/** A gateway that is gone is no longer believed after this. */
const LEASE_MS = 10_000;
const LOOK_EVERY_MS = 2_000;

interface Components {
  readonly control: ControlStore;
  readonly reports: NodeReports;
  /** Nodes with a session here. */
  readonly connected: () => readonly Incarnation[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Of this gateway. */
  readonly name: string;
}

/** What a gateway tells the others: `/gateways/<name>`, under a lease. */
interface Presence {
  readonly formatVersion: 1;
  readonly connected: readonly Incarnation[];
}

/**
 * Tells the other gateways which nodes are connected here, and hears it of them: a node that reaches any gateway is alive, so that the gateway that leads
 * the controllers, perhaps cut from a node itself, takes no places from it (P2).
 */
export async function tellPresence(components: Components, signal: AbortSignal): Promise<void> {
  const { clock, log } = components;
  while (!signal.aborted) {
    await tellUnderLease(components, signal).catch((error: unknown) => {
      if (!(error instanceof ControlStoreError)) throw error;
      log.debug({ err: error }, 'other gateways cannot be told now');
    });
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

async function tellUnderLease({ control, reports, connected, clock, name }: Components, signal: AbortSignal): Promise<void> {
  const lease = await control.grantLease(LEASE_MS);
  try {
    for (let told = ''; ;) {
      const value = JSON.stringify({ formatVersion: 1, connected: connected().toSorted() } satisfies Presence);
      if (value !== told) await control.txn([], [{ kind: 'put', key: GATEWAY_PREFIX + name, value: Buffer.from(value), lease }], signal);
      told = value;
      await control.keepAlive(lease);
      for (const { value: other } of (await control.range(GATEWAY_PREFIX, { signal })).entries)
        for (const node of decodePresence(other).connected) reports.noteAlive(node);
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  } finally {
    await control.revokeLease(lease).catch(() => undefined);
  }
}

function decodePresence(value: Buffer): Presence {
  const presence = JSON.parse(value.toString('utf8')) as Presence;
  if ((presence.formatVersion as number) !== 1)
    throw new Error(`a gateway tells its presence in format ${String(presence.formatVersion)}, this version reads 1`);
  return presence;
}
