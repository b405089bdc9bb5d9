import { configFromProto, epoch, incarnation, validateProposal } from '@pilvi/cluster-map';
import type { ProposeConfig } from '@pilvi/contracts/cluster/v1/service';
import type { ControlStore } from '@pilvi/control-store';
import type { Logger } from '@pilvi/runtime';
import { partitionKey } from './keys.ts';
import type { ClusterMapSource } from '@pilvi/cluster-map';
import { decodeConfig, encodeConfig } from './stored-form.ts';

/**
 * Makes one CAS for a node's proposal (REPLICATION C2). Nothing is answered: whether it won is learnt from the map (C3),
 * so a proposal that arrives twice, late, or over another gateway does no harm.
 */
export async function proposeConfig(
  deps: { control: ControlStore; maps: ClusterMapSource; log: Logger },
  message: ProposeConfig,
): Promise<void> {
  const { control, maps, log } = deps;
  const map = maps.current();
  if (map === undefined || message.config === undefined) return;
  const proposed = configFromProto(message.config);
  const stored = await control.get(partitionKey(proposed.partition));
  if (stored === undefined) return;
  const current = decodeConfig(stored.value);
  const verdict = validateProposal(
    current,
    { expectedEpoch: epoch(Number(message.expectedEpoch)), proposer: incarnation(message.proposer), config: proposed },
    { settings: map.settings, members: map.members },
  );
  if (!verdict.ok) {
    log.debug(
      { partition: proposed.partition, epoch: current.epoch, proposer: message.proposer, reason: verdict.reason },
      'proposal refused',
    );
    return;
  }
  const result = await control.txn(
    [{ key: stored.key, modRevision: stored.modRevision }],
    [{ kind: 'put', key: stored.key, value: encodeConfig(proposed) }],
  );
  log.debug(
    { partition: proposed.partition, epoch: proposed.epoch, primary: proposed.primary, won: result.succeeded },
    'configuration proposed',
  );
}
