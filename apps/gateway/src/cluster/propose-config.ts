import { configFromProto, epoch, incarnation, validateProposal } from '@pilvi/cluster-map';
import type { ProposeConfig } from '@pilvi/contracts/cluster/v1/service';
import { ControlStoreError } from '@pilvi/control-store';
import type { ControlStore, KeyValue } from '@pilvi/control-store';
import type { Logger, Seldom } from '@pilvi/runtime';
import { partitionKey, SETTINGS_KEY } from './keys.ts';
import type { MapKeeper } from './map-keeper.ts';
import { decodeConfig, decodeSettings, encodeConfig } from './stored-form.ts';

export interface ProposeComponents {
  readonly control: ControlStore;
  readonly maps: MapKeeper;
  readonly log: Logger;
  /** Ids of the proposals that are being made. */
  readonly underWay: Set<string>;
  /** While the control store is away, every node says its proposals again and again. */
  readonly seldom: Seldom;
}

/**
 * Makes one CAS for a node's proposal (REPLICATION C2). Nothing is answered: whether it won is learnt from the map (C3),
 * so a proposal that arrives twice, late, or over another gateway does no harm.
 */
export async function proposeConfig(deps: ProposeComponents, message: ProposeConfig): Promise<void> {
  const proposal = message.config?.proposal ?? '';
  // Nodes say it again until the map tells; one attempt at a time is enough.
  if (deps.underWay.has(proposal)) return;
  deps.underWay.add(proposal);
  try {
    await tryProposal(deps, message);
  } catch (error) {
    if (!(error instanceof ControlStoreError)) throw error;
    const othersPutOff = deps.seldom.tell(error.code);
    if (othersPutOff === undefined) return;
    deps.log.warn({ partition: message.config?.partition, code: error.code, reason: error.message, othersPutOff }, 'proposal put off');
  } finally {
    deps.underWay.delete(proposal);
  }
}

async function tryProposal({ control, maps, log }: ProposeComponents, message: ProposeConfig): Promise<void> {
  const map = maps.current();
  if (map === undefined || message.config === undefined) return;
  const proposed = configFromProto(message.config);
  // Made already, here or through another gateway: the map tells.
  if ((map.partitions[proposed.partition]?.epoch ?? 0) >= proposed.epoch) return;
  const isBehind = (map.partitions[proposed.partition]?.epoch ?? 0) < Number(message.expectedEpoch);
  // What the watch has shown is good enough to decide on: the CAS fails if it is old.
  const read = (key: string): Promise<KeyValue | undefined> => (isBehind ? control.get(key) : Promise.resolve(maps.stored(key)));
  const [stored, storedSettings] = await Promise.all([read(partitionKey(proposed.partition)), read(SETTINGS_KEY)]);
  if (stored === undefined || storedSettings === undefined) return;
  const current = decodeConfig(stored.value);
  const verdict = validateProposal(
    current,
    { expectedEpoch: epoch(Number(message.expectedEpoch)), proposer: incarnation(message.proposer), config: proposed },
    { settings: decodeSettings(storedSettings.value), members: map.members },
  );
  if (!verdict.ok) {
    log.debug(
      { partition: proposed.partition, epoch: current.epoch, proposer: message.proposer, reason: verdict.reason },
      'proposal refused',
    );
    return;
  }
  const result = await control.txn(
    // I3: the minimum may be raised meanwhile.
    [stored, storedSettings].map(({ key, modRevision }) => ({ key, modRevision })),
    [{ kind: 'put', key: stored.key, value: encodeConfig(proposed) }],
  );
  log.debug(
    { partition: proposed.partition, epoch: proposed.epoch, primary: proposed.primary, won: result.succeeded },
    'configuration proposed',
  );
}
