import type { ClusterSettings } from '@pilvi/cluster-map';
import type { ControlStore } from '@pilvi/control-store';
import type { Logger } from '@pilvi/runtime';
import type { Contact } from './first-contact.ts';
import { SETTINGS_KEY } from './keys.ts';
import { decodeSettings, encodeSettings } from './stored-form.ts';

/**
 * Makes the settings of a new cluster, once. With two copies or more nothing commits on fewer than two, in two zones where there are two (I3);
 * a cluster of one copy says that it is not redundant. Answers the id of the cluster that there is now: of several gateways that find none, each brings an id, and
 * the first one's counts.
 */
export async function createCluster(
  components: { control: ControlStore; clusterId: string; log: Logger },
  wanted: { copies: number; partitions: number; contacts: readonly Contact[] },
): Promise<string> {
  const { control, clusterId, log } = components;
  const stored = await control.get(SETTINGS_KEY);
  if (stored !== undefined) return decodeSettings(stored.value).clusterId;
  const zones = new Set(wanted.contacts.map((c) => c.zone)).size;
  const settings: ClusterSettings = {
    clusterId,
    copies: wanted.copies,
    minInSync: Math.min(2, wanted.copies),
    minZones: Math.min(2, wanted.copies, Math.max(1, zones)),
    partitions: wanted.partitions,
  };
  const made = await control.txn(
    [{ key: SETTINGS_KEY, modRevision: 0 }],
    [{ kind: 'put', key: SETTINGS_KEY, value: encodeSettings(settings) }],
  );
  if (!made.succeeded) return createCluster(components, wanted);
  log.info({ ...settings }, 'cluster created');
  return clusterId;
}
