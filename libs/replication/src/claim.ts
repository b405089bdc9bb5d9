import type { PartitionConfig } from '@pilvi/cluster-map';
import { minimumMet, nextConfig, sendProposal } from './configuration.ts';
import { graceOverMs, isMuted } from './lease.ts';
import { keeps } from './state.ts';
import type { Core, Replica } from './state.ts';
import { startTerm } from './term.ts';

/** Claims the partition when this replica may and should (L1, L2, I2). */
export function maybeClaim(core: Core, replica: Replica): void {
  const config = replica.config;
  if (config === undefined || core.settings === undefined || replica.term !== undefined || !config.inSync.includes(core.self)) return;
  const { timings } = core.options;
  const claim = replica.claim;
  if (claim !== undefined) {
    if (core.nowMs - claim.sentMs >= timings.proposeAgainMs) {
      claim.sentMs = core.nowMs;
      sendProposal(core, config, claim.config);
    }
    return;
  }
  if (config.primary === core.self) {
    // I2: a primary's term ends with its process; after any start it takes a new epoch before its first Prepare or read.
    if (keeps(core, 'I2')) claimKeeping(core, replica, config);
    else startTerm(core, replica, 0);
    return;
  }
  if (core.stopping) return;
  if (replica.hurryEpoch === config.epoch) {
    if (core.nowMs >= replica.hurryAtMs) claimWithoutPrimary(core, replica, config);
    return;
  }
  const notBefore = Math.max(replica.claimNotBeforeMs, graceOverMs(core, replica)) + stagger(core, config);
  if (core.nowMs > notBefore && !isMuted(core)) claimWithoutPrimary(core, replica, config);
}

/** The stream of the primary ended: claim after `patienceMs` without waiting for the grace, the first in the in-sync order first (L3). */
export function hurryClaim(core: Core, replica: Replica, config: PartitionConfig, patienceMs: number): void {
  replica.hurryEpoch = config.epoch;
  // Whoever has to wait for a grace before it may serve lets the others claim.
  const mustWait = graceOverMs(core, replica) > core.nowMs ? config.inSync.length * core.options.timings.claimStaggerMs : 0;
  replica.hurryAtMs = core.nowMs + patienceMs + stagger(core, config) + mustWait;
  maybeClaim(core, replica);
}

/** L4: the primary released its leases to this replica: claim at once, and serve without waiting for any grace. */
export function claimReleased(core: Core, replica: Replica, config: PartitionConfig): void {
  propose(core, replica, nextConfig(core, config, {}), 0);
}

function claimKeeping(core: Core, replica: Replica, config: PartitionConfig): void {
  propose(core, replica, nextConfig(core, config, {}), graceOverMs(core, replica));
}

/** L2: CAS oneself primary without the old one, as far as the minimum allows (I3). */
function claimWithoutPrimary(core: Core, replica: Replica, config: PartitionConfig): void {
  const without = config.inSync.filter((node) => node !== config.primary);
  const inSync = minimumMet(core, without) ? without : config.inSync;
  propose(core, replica, nextConfig(core, config, { inSync }), graceOverMs(core, replica));
}

function propose(core: Core, replica: Replica, next: PartitionConfig, graceMs: number): void {
  const config = replica.config;
  if (config === undefined) return;
  replica.claim = { config: next, expectedEpoch: config.epoch, sentMs: core.nowMs, graceOverMs: graceMs };
  sendProposal(core, config, next);
}

/** So that several survivors do not claim at the same instant. */
function stagger(core: Core, config: PartitionConfig): number {
  const order = config.inSync.filter((node) => node !== config.primary).indexOf(core.self);
  return Math.max(0, order) * core.options.timings.claimStaggerMs;
}
