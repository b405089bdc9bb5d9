import { join } from 'node:path';
import { processNameOf } from '@pilvi/enrolment';
import type { Role } from '@pilvi/enrolment';
import { adminSocket, metricsSocket } from '../cluster-paths.ts';
import type { ClusterPaths } from '../cluster-paths.ts';
import { repositoryRoot } from '../config.ts';
import type { Config } from '../config.ts';
import type { GatewayEnvironment, StorageNodeEnvironment } from '../process-environment.ts';
import { controlStoreEnvironment } from '../process-plan.ts';
import type { ProcessPlan } from '../process-plan.ts';
import type { RootKey } from '../root-key.ts';
import { authorityDir, machineTlsDir } from './machine-credentials.ts';
import type { MachineFile } from './machine-file.ts';

interface Input {
  readonly file: MachineFile;
  readonly tls: Config['tls'];
  readonly paths: ClusterPaths;
  readonly rootKey: RootKey;
  /** Its storage node serves metrics at this port of the address that others are told, by mutual TLS; undefined: at none. */
  readonly metricsPort: Config['metricsPort'];
}

/** The processes of this machine: a gateway, a storage node, or both. Pure. */
export function planMachine(input: Input): readonly ProcessPlan[] {
  const { roles } = input.file.machine;
  return [...(roles.includes('gateway') ? [planGateway(input)] : []), ...(roles.includes('storage') ? [planStorageNode(input)] : [])];
}

function planGateway(input: Input): ProcessPlan {
  const { file, paths, rootKey, tls } = input;
  const { name, dataDir, ...common } = commonPlan(input, 'gateway');
  const env: GatewayEnvironment = {
    ...common,
    ...controlStoreEnvironment(file.controlStore),
    // The others enter themselves in the control store.
    PILVI_GATEWAY_ADDRESSES: file.machine.addresses.gateway,
    PILVI_ADVERTISE: file.machine.addresses.gateway,
    PILVI_AUTHORITY_DIR: authorityDir(paths),
    PILVI_ADMIN_SOCKET: adminSocket(paths, 'gateway'),
    PILVI_HTTP_BIND: file.http.bind,
    PILVI_HTTP_PORT: String(file.http.port),
    PILVI_TLS_CERT: tls?.certFile ?? '',
    PILVI_TLS_KEY: tls?.keyFile ?? '',
    PILVI_EXPECTED_NODES: String(file.expectedNodes),
    PILVI_FOUNDING_NODES: String(foundingNodes(file)),
    PILVI_COPIES: String(file.copies),
    PILVI_PARTITIONS: file.partitions === undefined ? '' : String(file.partitions),
    PILVI_REGION: file.region,
    PILVI_DOMAIN: file.domain,
    PILVI_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId,
    PILVI_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
  };
  return {
    name,
    kind: 'gateway',
    program: join(repositoryRoot, 'apps/gateway/src/main.ts'),
    dataDir,
    env: { ...env },
    http: file.http,
    understudy: file.controlStore === undefined,
  };
}

/** The cluster begins with what is on its first machine; no other gateway ever begins one. */
function foundingNodes({ isFounder, machine, expectedNodes }: MachineFile): number {
  if (!isFounder) return expectedNodes;
  return machine.roles.includes('storage') ? 1 : 0;
}

function planStorageNode(input: Input): ProcessPlan {
  const { machine } = input.file;
  const port = input.metricsPort;
  const metricsAt = port === undefined ? [] : [machine.addresses.storage.replace(/:\d+$/, `:${String(port)}`)];
  const { name, dataDir, ...common } = commonPlan(input, 'storage');
  const env: StorageNodeEnvironment = {
    ...common,
    PILVI_ADVERTISE: machine.addresses.storage,
    PILVI_ZONE: machine.zone,
    PILVI_METRICS_LISTEN: [`unix:${metricsSocket(input.paths, name)}`, ...metricsAt].join(','),
  };
  return { name, kind: 'storage-node', program: join(repositoryRoot, 'apps/storage-node/src/main.ts'), dataDir, env: { ...env } };
}

function commonPlan({ file, paths }: Input, role: Role) {
  const name = processNameOf(file.machine, role);
  const dataDir = join(paths.dataDir, name);
  return {
    name,
    dataDir,
    PILVI_PROCESS_NAME: name,
    PILVI_PROCESS_DATA_DIR: dataDir,
    PILVI_LISTEN: file.machine.addresses[role],
    PILVI_GATEWAY_ADDRESSES: file.gateways.join(','),
    PILVI_TLS_DIR: machineTlsDir(paths),
  };
}
