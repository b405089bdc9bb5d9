import type { PartitionId } from '@pilvi/cluster-map';
import { beginForget, beginSnapshot } from './learner.ts';
import type { Core } from './state.ts';
import { takeEffects } from './take-effects.ts';
import type { Effect, MonotonicMs, PersistToken, SnapshotOffer } from './types.ts';

/** A snapshot is offered to this learner: false when it must not be installed. Until its end, prepares are put off (M1). */
export function startSnapshot(
  core: Core,
  offer: SnapshotOffer,
  nowMs: MonotonicMs,
): { accepted: boolean; token: PersistToken; effects: Effect[] } {
  core.nowMs = nowMs;
  const token = beginSnapshot(core, offer);
  return { accepted: token !== undefined, token: token ?? 0, effects: takeEffects(core) };
}

/** This node holds a partition that is no longer its own: false when it has to keep it. The rest is as for a snapshot that comes to nothing. */
export function startForgetting(
  core: Core,
  partition: PartitionId,
  nowMs: MonotonicMs,
): { accepted: boolean; token: PersistToken; effects: Effect[] } {
  core.nowMs = nowMs;
  const token = beginForget(core, partition);
  return { accepted: token !== undefined, token: token ?? 0, effects: takeEffects(core) };
}
