import { join, resolve } from 'node:path';
import { parseControlStoreAddress } from '@pilvi/control-store';
import { integer, oneOf, optionalText, readEnv, text } from '@pilvi/runtime';
import type { EnvReader } from '@pilvi/runtime';
import { CommandError } from './command-error.ts';

export type Transport = 'unix' | 'tcp';

/** What `pilvi` is told by its environment and flags; read once, validated once. Undefined: as the data directory remembers, else the default. */
export interface Config {
  readonly dataDir: string;
  readonly bind: string;
  readonly port: number;
  readonly region: string;
  /** Host names of virtual-host addressing, separated by commas; may be empty. */
  readonly domain: string;
  readonly storageNodes: number | undefined;
  readonly zones: number | undefined;
  readonly copies: number | undefined;
  readonly partitions: number | undefined;
  readonly transport: Transport;
  /** PEM files; both or none. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** How many gateways; they serve S3 at `port` and the ports after it. */
  readonly gateways: number;
  /** How many compute nodes; none: instances cannot be run. */
  readonly computeNodes: number;
  /** Why there is none, for a person who asks for an instance; else empty. */
  readonly noCompute: string;
  /** Where instances' public addresses are taken from; undefined: each node finds a free range of the loopback network. */
  readonly publicCidr: string | undefined;
  /** Storage node N serves metrics at this port + N - 1 of the loopback interface, by mutual TLS; undefined: at none. */
  readonly metricsPort: number | undefined;
  readonly controlStore: ControlStoreSetting | undefined;
  /** Both or none. */
  readonly rootKey: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Where a root key made by `pilvi secrets` lies, in the container of a gateway. */
  readonly rootKeyFile: string | undefined;
  /** How this command line is called, for hints. */
  readonly command: string;
}

export type ControlStoreSetting = { readonly kind: 'embedded' } | EtcdSetting;

/** The way to etcd: what gateways are told (apps/gateway/src/config.ts). */
export interface EtcdSetting {
  readonly kind: 'etcd';
  /** `etcd://host:port,host:port`. */
  readonly address: string;
  /** Absolute paths of PEM files. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Name that the certificates of etcd carry; undefined: the one of all certificates of a Pilvi cluster. */
  readonly serverName?: string | undefined;
}

export const repositoryRoot = resolve(import.meta.dirname, '../../..');

const MOST_NODES = 64;
const MOST_GATEWAYS = 9;
const MOST_COMPUTE_NODES = 9;
const MOST_COPIES = 3;
const MOST_PARTITIONS = 4096;
const HIGHEST_PORT = 65_535;

const VARIABLES = {
  dataDir: ['PILVI_DATA_DIR', text(join(repositoryRoot, '.pilvi'))],
  bind: ['PILVI_BIND', text('127.0.0.1')],
  port: ['PILVI_PORT', integer({ min: 1, max: HIGHEST_PORT, fallback: 9000 })],
  region: ['PILVI_REGION', text('us-east-1')],
  domain: ['PILVI_DOMAIN', text('')],
  gateways: ['PILVI_GATEWAYS', integer({ min: 1, max: MOST_GATEWAYS, fallback: 1 })],
  computeNodes: ['PILVI_COMPUTE_NODES', integer({ min: 0, max: MOST_COMPUTE_NODES, fallback: 1 })],
  publicCidr: ['PILVI_PUBLIC_CIDR', optionalText],
  metricsPort: ['PILVI_METRICS_PORT', orUnset(integer({ min: 1, max: HIGHEST_PORT }))],
  storageNodes: ['PILVI_STORAGE_NODES', orUnset(integer({ min: 1, max: MOST_NODES }))],
  zones: ['PILVI_ZONES', orUnset(integer({ min: 1, max: MOST_NODES }))],
  copies: ['PILVI_COPIES', orUnset(integer({ min: 1, max: MOST_COPIES }))],
  partitions: ['PILVI_PARTITIONS', orUnset(integer({ min: 1, max: MOST_PARTITIONS }))],
  transport: ['PILVI_TRANSPORT', oneOf<Transport>(['unix', 'tcp'], 'unix')],
  controlStoreAddress: ['PILVI_CONTROL_STORE', optionalText],
  etcdCaFile: ['PILVI_ETCD_CA', optionalText],
  etcdCertFile: ['PILVI_ETCD_CERT', optionalText],
  etcdKeyFile: ['PILVI_ETCD_KEY', optionalText],
  etcdServerName: ['PILVI_ETCD_SERVER_NAME', optionalText],
  certFile: ['PILVI_TLS_CERT', optionalText],
  keyFile: ['PILVI_TLS_KEY', optionalText],
  accessKeyId: ['PILVI_ROOT_ACCESS_KEY_ID', optionalText],
  secretAccessKey: ['PILVI_ROOT_SECRET_ACCESS_KEY', optionalText],
  rootKeyFile: ['PILVI_ROOT_KEY_FILE', optionalText],
  command: ['PILVI_COMMAND', text('npx pilvi')],
} as const;

/** Throws CommandError or RuntimeError `bad-configuration`, naming the variable. */
export function readConfig(env: NodeJS.ProcessEnv, { isRoot = process.getuid?.() === 0 } = {}): Config {
  const { certFile, keyFile, accessKeyId, secretAccessKey, ...others } = readEnv<Variables>(VARIABLES, env);
  const { controlStoreAddress, etcdCaFile, etcdCertFile, etcdKeyFile, etcdServerName, ...values } = others;
  const tls = pair('PILVI_TLS_CERT and PILVI_TLS_KEY', certFile, keyFile);
  if (values.publicCidr !== undefined && values.computeNodes > 1)
    throw new CommandError(
      'bad-setting',
      'PILVI_PUBLIC_CIDR is the range of one compute node: it cannot be set with PILVI_COMPUTE_NODES above 1',
    );
  const rootKey = pair('PILVI_ROOT_ACCESS_KEY_ID and PILVI_ROOT_SECRET_ACCESS_KEY', accessKeyId, secretAccessKey);
  return {
    ...values,
    ...(isRoot ? {} : { computeNodes: 0 }),
    noCompute: whyNoCompute(values.computeNodes, isRoot),
    dataDir: resolve(values.dataDir),
    controlStore: readControlStore(controlStoreAddress, [etcdCaFile, etcdCertFile, etcdKeyFile], etcdServerName),
    tls: tls && { certFile: resolve(tls[0]), keyFile: resolve(tls[1]) },
    rootKey: rootKey && { accessKeyId: rootKey[0], secretAccessKey: rootKey[1] },
  };
}

/** For a person who asks for an instance; empty when instances may be had. */
function whyNoCompute(computeNodes: number, isRoot: boolean): string {
  if (computeNodes === 0) return 'this cluster was started without compute nodes (PILVI_COMPUTE_NODES is 0)';
  return isRoot ? '' : 'a compute node needs root, and this cluster was not started as root';
}

type Variables = { [K in keyof typeof VARIABLES]: ReturnType<(typeof VARIABLES)[K][1]> };

/** Throws CommandError `bad-setting`. Undefined: as the data directory remembers. */
function readControlStore(
  address: string | undefined,
  files: readonly (string | undefined)[],
  serverName: string | undefined,
): ControlStoreSetting | undefined {
  if (address === undefined) return undefined;
  let kind: ControlStoreSetting['kind'];
  try {
    ({ kind } = parseControlStoreAddress(address));
  } catch (error) {
    throw new CommandError('bad-setting', `PILVI_CONTROL_STORE: ${(error as Error).message}`, { cause: error });
  }
  if (kind === 'embedded') return { kind };
  const [caFile, certFile, keyFile] = files.map((file) => file && resolve(file));
  if (!caFile || !certFile || !keyFile) {
    throw new CommandError(
      'bad-setting',
      'PILVI_CONTROL_STORE=etcd://... needs PILVI_ETCD_CA, PILVI_ETCD_CERT and PILVI_ETCD_KEY (PEM files): Pilvi speaks TCP with mutual TLS only',
    );
  }
  return { kind, address, caFile, certFile, keyFile, ...(serverName === undefined ? {} : { serverName }) };
}

/** Ports at which the gateways serve S3. */
export function portsOf({ port, gateways }: Pick<Config, 'port' | 'gateways'>): readonly number[] {
  return Array.from({ length: gateways }, (_, i) => port + i);
}

/** Ports at which storage nodes serve metrics. */
export function metricsPortsOf({ metricsPort }: Pick<Config, 'metricsPort'>, storageNodes: number): readonly number[] {
  return metricsPort === undefined ? [] : Array.from({ length: storageNodes }, (_, i) => metricsPort + i);
}

/** Where a client on this machine reaches each gateway. */
export function endpointsOf(config: Pick<Config, 'bind' | 'port' | 'tls' | 'gateways'>): readonly string[] {
  return portsOf(config).map((port) => endpointOf({ ...config, port }));
}

/** Where a client on this machine reaches the first gateway. */
export function endpointOf(config: Pick<Config, 'bind' | 'port' | 'tls'>): string {
  const loopbackOf: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const host = loopbackOf[config.bind] ?? config.bind;
  return `${config.tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${String(config.port)}`;
}

function orUnset<T>(reader: EnvReader<T>): EnvReader<T | undefined> {
  return (value) => (value === undefined ? undefined : reader(value));
}

function pair(names: string, a: string | undefined, b: string | undefined): readonly [string, string] | undefined {
  if (a !== undefined && b !== undefined) return [a, b];
  if (a === undefined && b === undefined) return undefined;
  throw new CommandError('bad-setting', `${names} must be set together`);
}
