import { ControlStoreError } from '@pilvi/control-store';
import type { Compare, ControlStore } from '@pilvi/control-store';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import { LEADER_KEY, REVISION_BASE_KEY } from './keys.ts';
import { decodeBase } from './stored-form.ts';

/** The leader's key goes so long after its last sign of life. */
const LEASE_MS = 10_000;
const RENEW_EVERY_MS = 2_000;
/** A leader stops before its lease may have ended, so that no two act at a time. */
const MARGIN_MS = 1_500;
const LOOK_EVERY_MS = 1_000;
const NONCE_BYTES = 8;

/** The right to run the controllers: of several gateways one has it at a time. */
export interface Leadership {
  /** The term under way while this gateway surely leads. */
  term(): Term | undefined;
}

export interface Term {
  /** Grows from term to term. */
  readonly number: number;
  /** They hold while the term lasts: with them among its conditions, a deposed leader's write changes nothing. */
  readonly compares: readonly Compare[];
}

/** The one gateway of an embedded control store; what was left of an earlier one is shut out by the store itself (E2). */
export const SOLE_LEADER: Leadership = { term: () => ({ number: 0, compares: [] }) };

export interface Election extends Leadership {
  /** Stands for election, and leads when elected, until the signal aborts; then another may follow at once. */
  run(signal: AbortSignal): Promise<void>;
}

interface Components {
  readonly control: ControlStore;
  readonly clock: Clock;
  readonly random: Pick<Random, 'hex'>;
  readonly log: Logger;
  /** Of this gateway. */
  readonly name: string;
}

/** Elects by one key under a lease: who creates it leads until it goes. */
export function createElection(components: Components): Election {
  const { control, clock, log, name } = components;
  let leading: { readonly term: Term; untilMs: number } | undefined;

  /** Resolves when the term is over. */
  async function lead(lease: number, revision: number, askedMs: number, signal: AbortSignal): Promise<void> {
    // Above those of the store that this one was moved or restored from: nodes have heard them.
    const base = await control.get(REVISION_BASE_KEY, signal);
    const own = {
      term: {
        number: revision + (base === undefined ? 0 : decodeBase(base.value)),
        compares: [{ key: LEADER_KEY, modRevision: revision }],
      },
      untilMs: askedMs + LEASE_MS - MARGIN_MS,
    };
    leading = own;
    log.info({ term: own.term.number }, 'this gateway runs the controllers');
    while (clock.monotonicMs() < own.untilMs) {
      await clock.sleep(RENEW_EVERY_MS, signal);
      const sentMs = clock.monotonicMs();
      try {
        await control.keepAlive(lease);
        own.untilMs = sentMs + LEASE_MS - MARGIN_MS;
      } catch (error) {
        if (!(error instanceof ControlStoreError)) throw error;
        if (error.code === 'lease-not-found') return;
        log.debug({ err: error }, 'the lease of the controllers cannot be renewed now');
      }
    }
  }

  async function stand(signal: AbortSignal): Promise<void> {
    if ((await control.get(LEADER_KEY, signal)) !== undefined) return;
    // Before the lease is asked for: it lasts at least so long.
    const askedMs = clock.monotonicMs();
    const lease = await control.grantLease(LEASE_MS);
    try {
      const revision = await takeKey(components, lease, signal);
      if (revision !== undefined) await lead(lease, revision, askedMs, signal);
    } finally {
      if (leading !== undefined) log.info({ term: leading.term.number }, 'this gateway no longer runs the controllers');
      leading = undefined;
      await control.revokeLease(lease).catch(() => undefined);
    }
  }

  return {
    term: () => (leading !== undefined && clock.monotonicMs() < leading.untilMs ? leading.term : undefined),
    async run(signal) {
      while (!signal.aborted) {
        await stand(signal).catch((error: unknown) => {
          if (!(error instanceof ControlStoreError)) throw error;
          log.debug({ err: error, gateway: name }, 'no election now');
        });
        await clock.sleep(LOOK_EVERY_MS, signal);
      }
    },
  };
}

/** The revision at which the key became ours; undefined when another has it. */
async function takeKey({ control, random, name }: Components, lease: number, signal: AbortSignal): Promise<number | undefined> {
  const value = Buffer.from(`${name} ${random.hex(NONCE_BYTES)}`);
  try {
    const taken = await control.txn([{ key: LEADER_KEY, modRevision: 0 }], [{ kind: 'put', key: LEADER_KEY, value, lease }], signal);
    return taken.succeeded ? taken.revision : undefined;
  } catch (error) {
    if (!(error instanceof ControlStoreError) || error.code !== 'outcome-unknown') throw error;
    const held = await control.get(LEADER_KEY, signal);
    return held?.value.equals(value) === true ? held.modRevision : undefined;
  }
}
