import { epoch, proposalId } from '@pilvi/cluster-map';
import type { Incarnation, PartitionConfig, PartitionId } from '@pilvi/cluster-map';
import type { Random } from '@pilvi/runtime';
import type { NodeWord } from './node-word.ts';

/** How far a restore raises epochs: further than any gateway of before can have come since the backup, unheard by all nodes. */
export const EPOCH_MARGIN = 2 ** 20;
const PROPOSAL_BYTES = 8;

/**
 * Per partition the newest configuration that the backup or any replica holds. Replicas persist the one under which they act before they acknowledge anything
 * (E1), so of those under which something was acknowledged none is newer, as long as one of its in-sync replicas has spoken.
 */
export function newestConfigs(backup: readonly PartitionConfig[], words: readonly NodeWord[]): Map<PartitionId, PartitionConfig> {
  const newest = new Map<PartitionId, PartitionConfig>();
  for (const config of [...backup, ...words.flatMap((word) => word.replicas.map((replica) => replica.config))])
    if (config.epoch > (newest.get(config.partition)?.epoch ?? 0)) newest.set(config.partition, config);
  return newest;
}

/** Everybody whom a configuration names. */
export function namedIn({ replicas, inSync, learners }: PartitionConfig): Set<Incarnation> {
  return new Set([...replicas, ...inSync, ...learners]);
}

/**
 * Partitions of which silent nodes alone may know a newer configuration. One that follows takes its in-sync set from this one's and its learners (C2), and
 * counts for nothing unless as many as the minimum hold it (I3): so silent nodes must be among the former, and be as many as the latter.
 */
export function uncertainPartitions(
  configs: Iterable<PartitionConfig>,
  silent: ReadonlySet<Incarnation>,
  minInSync: number,
): readonly PartitionId[] {
  if (silent.size < minInSync) return [];
  return [...configs].filter((config) => [...config.inSync, ...config.learners].some((node) => silent.has(node))).map((c) => c.partition);
}

/** The same configurations at an epoch above every one that was issued, proposed or promised (E2), as a proposal that nobody else made (C1). */
export function raiseEpochs(
  configs: Iterable<PartitionConfig>,
  words: readonly NodeWord[],
  random: Pick<Random, 'hex'>,
): readonly PartitionConfig[] {
  const chosen = [...configs];
  const held = words.flatMap((word) => word.replicas);
  const highest = Math.max(0, ...chosen.map((c) => c.epoch), ...held.flatMap(({ config, promised }) => [config.epoch, promised]));
  const raised = epoch(highest + EPOCH_MARGIN);
  return chosen.map((config) => ({ ...config, epoch: raised, proposal: proposalId(random.hex(PROPOSAL_BYTES)) }));
}
