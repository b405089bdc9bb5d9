import { readFile } from 'node:fs/promises';
import { ControlStoreError, openEtcdStore } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import { backoffMs } from '@pilvi/runtime';
import type { BackoffPolicy } from '@pilvi/runtime';
import type { TlsSecurity } from '@pilvi/transport';
import { SETTINGS_KEY } from '../cluster/keys.ts';
import { decodeSettings } from '../cluster/stored-form.ts';
import type { EtcdConfig } from '../config.ts';
import { readClusterId, rememberCluster } from './cluster-id-file.ts';
import { completeMove, INCOMPLETE_KEY } from './control-move.ts';
import type { Moved } from './control-move.ts';
import type { OpenedControl } from './opened-control.ts';
import type { RestoreComponents } from './restore/prepare-restore.ts';
import { restoreIntoEtcd } from './restore/restore-into-etcd.ts';

const RETRY: BackoffPolicy = { firstMs: 100, capMs: 2_000, factor: 2 };
const CLUSTER_ID_BYTES = 16;
const LOOK_EVERY_MS = 1_000;

type Components = RestoreComponents;

export interface EtcdStart {
  /** Of the gateway. */
  readonly dataDir: string;
  /** A new cluster begins when so many nodes have called. */
  readonly foundingNodes: number;
  /** The move that brought the data there, if this gateway made it. */
  readonly moved: Moved | undefined;
}

/** The control store on etcd, shared by all gateways. Waits for etcd as long as it takes; throws when the cluster's data is gone from it. */
export async function openEtcd(components: Components, config: EtcdConfig, start: EtcdStart, signal: AbortSignal): Promise<OpenedControl> {
  const control = await connect(components, config, signal);
  try {
    if (start.moved !== undefined) await completeMove(control, start.moved);
    await restoreIntoEtcd(components, control, start.dataDir, signal);
    const clusterId = await findCluster(components, control, start, signal);
    return {
      control,
      clusterId,
      remember: (served) => rememberCluster(start.dataDir, served),
      [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
    };
  } catch (error) {
    await control[Symbol.asyncDispose]();
    throw error;
  }
}

/** Connects, and waits for etcd as long as it takes. Throws when an address or a certificate cannot be used. */
export async function connect(
  components: Omit<Components, 'contacts' | 'security'>,
  config: EtcdConfig,
  signal: AbortSignal,
): Promise<ControlStore> {
  const { clock, random, log } = components;
  const { endpoints, cluster, serverName } = config;
  const tls = await readCertificates(config);
  for (let failures = 1; ; failures++) {
    try {
      return await openEtcdStore({ endpoints, cluster, tls, clock, random, log, ...(serverName === undefined ? {} : { serverName }) });
    } catch (error) {
      if (!(error instanceof ControlStoreError) || error.code !== 'unavailable') throw error;
      if (failures === 1) log.warn({ err: error, endpoints }, 'etcd does not serve yet');
      components.onWaiting(`waiting for etcd: ${error.message}`);
      await clock.sleep(backoffMs(RETRY, failures, random), signal);
    }
  }
}

async function readCertificates({ caFile, certFile, keyFile }: EtcdConfig): Promise<TlsSecurity> {
  const [ca, cert, key] = await Promise.all([readFile(caFile, 'utf8'), readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  return { kind: 'tls', ca, cert, key };
}

/**
 * The cluster that etcd holds; a fresh id when it holds none and no node knows one either: partitions placed anew would lie, empty, over the data that
 * nodes still hold. Of two gateways that find etcd empty, the first to create the cluster decides its id (createCluster).
 */
async function findCluster(
  { contacts, clock, random, onWaiting }: Components,
  control: ControlStore,
  { dataDir, foundingNodes }: Pick<EtcdStart, 'dataDir' | 'foundingNodes'>,
  signal: AbortSignal,
): Promise<string> {
  const remembered = await readClusterId(dataDir);
  for (;;) {
    signal.throwIfAborted();
    if ((await control.get(INCOMPLETE_KEY, signal)) !== undefined) {
      onWaiting(
        'the control data is being moved to etcd, or restored; if that was broken off, start the gateway that does it, or do it again',
      );
      await clock.sleep(LOOK_EVERY_MS, signal);
      continue;
    }
    const stored = await control.get(SETTINGS_KEY, signal);
    if (stored !== undefined) return decodeSettings(stored.value).clusterId;
    const owner = remembered ?? contacts.all.find((c) => c.clusterId !== '')?.clusterId;
    if (owner !== undefined) {
      throw new ControlStoreError(
        'unavailable',
        `etcd holds nothing of cluster ${owner}, to which this gateway or storage nodes belong. Nothing was deleted: is PILVI_CONTROL_STORE right, and has the cluster been moved to etcd ("pilvi control-store move")?`,
      );
    }
    // Every one: the one that is missing may be the one that knows.
    const called = contacts.all.length;
    if (called >= foundingNodes) return random.hex(CLUSTER_ID_BYTES);
    onWaiting(`a new cluster waits for its storage nodes: ${String(called)} of ${String(foundingNodes)} have called`);
    await contacts.gather(foundingNodes, LOOK_EVERY_MS, signal);
  }
}
