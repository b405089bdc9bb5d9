import { join } from 'node:path';
import { endpointsOf, repositoryRoot } from './config.ts';
import type { Config, EtcdSetting } from './config.ts';
import { adminSocket, metricsSocket } from './cluster-paths.ts';
import type { ClusterPaths } from './cluster-paths.ts';
import type { ClusterShape } from './data-directory.ts';
import type { RootKey } from './root-key.ts';
import type { ComputeNodeEnvironment, ControlStoreEnvironment, GatewayEnvironment, StorageNodeEnvironment } from './process-environment.ts';

/** One process of the cluster: what to run and what to tell it. */
export interface ProcessPlan {
  readonly name: string;
  readonly kind: 'gateway' | 'storage-node' | 'compute-node';
  /** Its program, a TypeScript file. */
  readonly program: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Its public port, if it has one. */
  readonly http?: { readonly bind: string; readonly port: number };
  /** A second process of it stands by, for everybody waits while this one starts. */
  readonly understudy?: boolean;
  /** After a crash it is started again no sooner than this: others take over, and its start would slow them. */
  readonly restartAfterMs?: number;
}

/** A failover is done by then. */
const OTHERS_TAKE_OVER_MS = 500;
/** Inside instances. */
const ENDPOINT_NAME = 'pilvi.internal';
/** With fewer copies nobody can write while one is away. */
const COPIES_TO_SPARE_ONE = 3;

export interface PlanInput {
  readonly config: Config;
  readonly shape: ClusterShape;
  readonly paths: ClusterPaths;
  readonly rootKey: RootKey;
  /** gRPC address of each process by name. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Certificate directory of each process by name; empty with Unix sockets. */
  readonly tlsDirs: ReadonlyMap<string, string>;
}

/** `gateway-1` .. `gateway-N`. */
function gatewayNames(gateways: number): readonly string[] {
  return Array.from({ length: gateways }, (_, i) => `gateway-${String(i + 1)}`);
}

function storageNames(shape: Pick<ClusterShape, 'storageNodes'>): readonly string[] {
  return Array.from({ length: shape.storageNodes }, (_, i) => `storage-${String(i + 1)}`);
}

/** `compute-1` .. `compute-N`. They serve nothing: they call the gateways. */
export function computeNames(computeNodes: number): readonly string[] {
  return Array.from({ length: computeNodes }, (_, i) => `compute-${String(i + 1)}`);
}

/** Those that serve gRPC. */
export function servingNames(gateways: number, shape: Pick<ClusterShape, 'storageNodes'>): readonly string[] {
  return [...gatewayNames(gateways), ...storageNames(shape)];
}

/** The processes of the local cluster. Pure: the same input gives the same plan. */
export function planProcesses(input: PlanInput): readonly ProcessPlan[] {
  const gateways = gatewayNames(input.config.gateways).map((name, i) => planGateway(input, name, i));
  const storage = storageNames(input.shape).map((name, i) => planStorageNode(input, name, i));
  return [...gateways, ...storage, ...computeNames(input.config.computeNodes).map((name, i) => planComputeNode(input, name, i))];
}

/** Gateway N serves at the port of the first one plus N - 1. */
function planGateway(input: PlanInput, name: string, index: number): ProcessPlan {
  const { config, shape, paths, rootKey } = input;
  const dataDir = join(paths.dataDir, name);
  const port = config.port + index;
  const env: GatewayEnvironment = {
    ...commonEnvironment(input, name, dataDir),
    ...controlStoreEnvironment(shape.controlStore),
    PILVI_LISTEN: addressOf(input, name),
    PILVI_ADMIN_SOCKET: adminSocket(paths, name),
    PILVI_HTTP_BIND: config.bind,
    PILVI_HTTP_PORT: String(port),
    PILVI_TLS_CERT: config.tls?.certFile ?? '',
    PILVI_TLS_KEY: config.tls?.keyFile ?? '',
    PILVI_EXPECTED_NODES: String(shape.storageNodes),
    PILVI_COPIES: String(shape.copies),
    PILVI_PARTITIONS: shape.partitions === undefined ? '' : String(shape.partitions),
    PILVI_INSTANCE_ENDPOINT: instanceEndpoint(config),
    ...(config.noCompute === '' ? {} : { PILVI_NO_COMPUTE: config.noCompute }),
    PILVI_REGION: config.region,
    PILVI_DOMAIN: config.domain,
    PILVI_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId,
    PILVI_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
  };
  return {
    name,
    kind: 'gateway',
    program: join(repositoryRoot, 'apps/gateway/src/main.ts'),
    dataDir,
    env: { ...env },
    http: { bind: config.bind, port },
    understudy: config.gateways === 1,
  };
}

/** Node N is in zone (N - 1) mod zones + 1, so that consecutive nodes are in distinct zones. */
function planStorageNode(input: PlanInput, name: string, index: number): ProcessPlan {
  const dataDir = join(input.paths.dataDir, name);
  const { metricsPort: firstPort } = input.config;
  const metricsPort = firstPort === undefined ? [] : [`127.0.0.1:${String(firstPort + index)}`];
  const env: StorageNodeEnvironment = {
    ...commonEnvironment(input, name, dataDir),
    PILVI_LISTEN: addressOf(input, name),
    PILVI_ZONE: zoneOf(input, index),
    PILVI_METRICS_LISTEN: [`unix:${metricsSocket(input.paths, name)}`, ...metricsPort].join(','),
  };
  return {
    name,
    kind: 'storage-node',
    program: join(repositoryRoot, 'apps/storage-node/src/main.ts'),
    dataDir,
    env: { ...env },
    restartAfterMs: input.shape.copies >= COPIES_TO_SPARE_ONE ? OTHERS_TAKE_OVER_MS : 0,
  };
}

/** The API as instances reach it: compute nodes answer to this name, and pass connections on to a gateway. */
function instanceEndpoint({ tls, port }: Config): string {
  return `${tls === undefined ? 'http' : 'https'}://${ENDPOINT_NAME}:${String(port)}`;
}

/** Spread over the zones as storage nodes are. */
function planComputeNode(input: PlanInput, name: string, index: number): ProcessPlan {
  const dataDir = join(input.paths.dataDir, name);
  const env: ComputeNodeEnvironment = {
    ...commonEnvironment(input, name, dataDir),
    PILVI_ZONE: zoneOf(input, index),
    PILVI_INSTANCE_ENDPOINT: instanceEndpoint(input.config),
    PILVI_ENDPOINTS: endpointsOf(input.config)
      .map((endpoint) => new URL(endpoint))
      .map(({ hostname, port }) => `${hostname}:${port}`)
      .join(','),
    PILVI_PUBLIC_CIDR: input.config.publicCidr ?? '',
  };
  return { name, kind: 'compute-node', program: join(repositoryRoot, 'apps/compute-node/src/main.ts'), dataDir, env: { ...env } };
}

function zoneOf({ shape }: PlanInput, index: number): string {
  return `zone-${String((index % shape.zones) + 1)}`;
}

function commonEnvironment(input: PlanInput, name: string, dataDir: string) {
  return {
    PILVI_PROCESS_NAME: name,
    PILVI_PROCESS_DATA_DIR: dataDir,
    PILVI_GATEWAY_ADDRESSES: gatewayNames(input.config.gateways)
      .map((gateway) => addressOf(input, gateway))
      .join(','),
    PILVI_TLS_DIR: input.tlsDirs.get(name) ?? '',
  };
}

export function controlStoreEnvironment(etcd: EtcdSetting | undefined): ControlStoreEnvironment {
  return {
    PILVI_CONTROL_STORE: etcd?.address ?? 'embedded',
    PILVI_ETCD_CA: etcd?.caFile ?? '',
    PILVI_ETCD_CERT: etcd?.certFile ?? '',
    PILVI_ETCD_KEY: etcd?.keyFile ?? '',
    PILVI_ETCD_SERVER_NAME: etcd?.serverName ?? '',
  };
}

function addressOf(input: PlanInput, name: string): string {
  const address = input.addresses.get(name);
  if (address === undefined) throw new Error(`no address for ${name}`);
  return address;
}
