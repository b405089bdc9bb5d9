import { readFileSync } from 'node:fs';
import { parseNetwork } from '@pilvi/compute-model';
import { parseControlStoreAddress } from '@pilvi/control-store';
import { DEFAULT_VPC_CIDR } from './ec2/state/default-network.ts';

/** What a gateway is told by its environment; read once, validated once (variables: apps/pilvi/src/process-environment.ts). */
export interface GatewayConfig {
  readonly name: string;
  readonly dataDir: string;
  /** gRPC address for nodes. */
  readonly listen: string;
  /** gRPC addresses of all gateways, as nodes are told; where machines come and go, of this one. */
  readonly gateways: readonly string[];
  /** Where this gateway is entered among those of several machines; undefined where `gateways` are all there are. */
  readonly advertise: string | undefined;
  /** Directory with the cluster's authority, where this gateway may enrol machines. */
  readonly authorityDir: string | undefined;
  readonly tlsDir: string | undefined;
  readonly http: {
    readonly bind: string;
    readonly port: number;
    /** A socket already bound there, kept by who started this process. */
    readonly inheritedFd: number | undefined;
    /** HTTPS when both are given. */
    readonly certFile: string | undefined;
    readonly keyFile: string | undefined;
  };
  /** Unix socket of the admin API, for the command line. */
  readonly adminSocket: string;
  /** With it Prometheus reads metrics at the public port; undefined: nobody does there. */
  readonly metricsToken: string | undefined;
  readonly expectedNodes: number;
  /** A new cluster begins, without partitions, when so many storage nodes have called; as many as expected but in one that begins on one machine. */
  readonly foundingNodes: number;
  readonly copies: number;
  readonly partitions: number;
  readonly region: string;
  /** Host names under which `bucket.<name>` addresses a bucket. */
  readonly domains: readonly string[];
  readonly root: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly deadAfterMs: number;
  readonly stop: {
    /** Asked to stop, it says so in its health and serves on so long: for a load balancer that has to see it. */
    readonly lameDuckMs: number;
    /** Requests under way then get this long to end. */
    readonly drainMs: number;
  };
  /** Network of the default VPC, used when it is made. */
  readonly vpcCidr: string;
  /** Where our own API is reached from inside instances; empty: nowhere. */
  readonly endpoint: string;
  /** Why no compute node may be connected, for a person who asks for an instance. */
  readonly absence: string;
  /** Undefined: the embedded control store, of the one gateway. */
  readonly etcd: EtcdConfig | undefined;
}

/** The way to etcd, always by mutual TLS. */
export interface EtcdConfig {
  /** `host:port` of every member. */
  readonly endpoints: readonly string[];
  /** Under this name the cluster's keys lie there. */
  readonly cluster: string;
  /** PEM files. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Name that the members' certificates carry, when it is not the one of all certificates of a Pilvi cluster. */
  readonly serverName: string | undefined;
}

export const DEFAULT_PARTITIONS = 128;
/** Health checks of load balancers come every second or two, and some want to see two failures. Uploads may take long. */
const BEHIND_A_BALANCER = { lameDuckMs: 5_000, drainMs: 25_000 };
const AT_A_HELD_PORT = { lameDuckMs: 0, drainMs: 5_000 };
const TEN_MINUTES_MS = 600_000;

export function readConfig(env: NodeJS.ProcessEnv): GatewayConfig {
  const expectedNodes = integer(env, 'PILVI_EXPECTED_NODES', 3);
  const listen = required(env, 'PILVI_LISTEN');
  return {
    name: required(env, 'PILVI_PROCESS_NAME'),
    dataDir: required(env, 'PILVI_PROCESS_DATA_DIR'),
    listen,
    gateways: (env['PILVI_GATEWAY_ADDRESSES'] ?? listen).split(',').filter((a) => a !== ''),
    tlsDir: optional(env, 'PILVI_TLS_DIR'),
    advertise: optional(env, 'PILVI_ADVERTISE'),
    authorityDir: optional(env, 'PILVI_AUTHORITY_DIR'),
    http: {
      bind: env['PILVI_HTTP_BIND'] ?? '127.0.0.1',
      port: integer(env, 'PILVI_HTTP_PORT', 9000),
      inheritedFd: optional(env, 'PILVI_HTTP_FD') === undefined ? undefined : integer(env, 'PILVI_HTTP_FD', 3),
      certFile: optional(env, 'PILVI_TLS_CERT'),
      keyFile: optional(env, 'PILVI_TLS_KEY'),
    },
    adminSocket: required(env, 'PILVI_ADMIN_SOCKET'),
    metricsToken: optional(env, 'PILVI_METRICS_TOKEN'),
    expectedNodes,
    foundingNodes: integer(env, 'PILVI_FOUNDING_NODES', expectedNodes),
    copies: integer(env, 'PILVI_COPIES', Math.min(3, expectedNodes)),
    partitions: integer(env, 'PILVI_PARTITIONS', DEFAULT_PARTITIONS),
    region: env['PILVI_REGION'] ?? 'us-east-1',
    domains: (env['PILVI_DOMAIN'] ?? '').split(',').filter((d) => d !== ''),
    root: readRootKey(env),
    deadAfterMs: integer(env, 'PILVI_DEAD_AFTER_MS', TEN_MINUTES_MS),
    stop: readStop(env),
    vpcCidr: vpcNetwork(env),
    endpoint: env['PILVI_INSTANCE_ENDPOINT'] ?? '',
    absence: optional(env, 'PILVI_NO_COMPUTE') ?? 'no compute node is connected to this cluster',
    etcd: readEtcd(env),
  };
}

/** The variables, else the file that PILVI_ROOT_KEY_FILE names. */
function readRootKey(env: NodeJS.ProcessEnv): GatewayConfig['root'] {
  const file = optional(env, 'PILVI_ROOT_KEY_FILE');
  const accessKeyId = optional(env, 'PILVI_ROOT_ACCESS_KEY_ID');
  if (file === undefined || accessKeyId !== undefined)
    return { accessKeyId: required(env, 'PILVI_ROOT_ACCESS_KEY_ID'), secretAccessKey: required(env, 'PILVI_ROOT_SECRET_ACCESS_KEY') };
  const key = JSON.parse(readFileSync(file, 'utf8')) as Partial<GatewayConfig['root']>;
  const { accessKeyId: id, secretAccessKey: secret } = key;
  if (typeof id !== 'string' || typeof secret !== 'string') throw new Error(`PILVI_ROOT_KEY_FILE: ${file} is not a key file`);
  return { accessKeyId: id, secretAccessKey: secret };
}

/** Where the port is held by who started this process, and waits for the next one, no load balancer has to notice. */
function readStop(env: NodeJS.ProcessEnv): GatewayConfig['stop'] {
  const stop = optional(env, 'PILVI_HTTP_FD') === undefined ? BEHIND_A_BALANCER : AT_A_HELD_PORT;
  return { lameDuckMs: integer(env, 'PILVI_LAME_DUCK_MS', stop.lameDuckMs), drainMs: integer(env, 'PILVI_DRAIN_MS', stop.drainMs) };
}

function vpcNetwork(env: NodeJS.ProcessEnv): string {
  const text = optional(env, 'PILVI_VPC_CIDR') ?? DEFAULT_VPC_CIDR;
  const network = parseNetwork(text);
  if (network === undefined || network.prefixLength > 19)
    throw new Error(`PILVI_VPC_CIDR must be a network of /19 or larger, not "${text}"`);
  return text;
}

function readEtcd(env: NodeJS.ProcessEnv): EtcdConfig | undefined {
  const address = parseControlStoreAddress(optional(env, 'PILVI_CONTROL_STORE') ?? 'embedded');
  switch (address.kind) {
    case 'embedded':
      return undefined;
    case 'etcd': {
      const { endpoints, cluster } = address;
      return {
        endpoints,
        cluster,
        caFile: required(env, 'PILVI_ETCD_CA'),
        certFile: required(env, 'PILVI_ETCD_CERT'),
        keyFile: required(env, 'PILVI_ETCD_KEY'),
        serverName: optional(env, 'PILVI_ETCD_SERVER_NAME'),
      };
    }
  }
}

function optional(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = optional(env, name);
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function integer(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = optional(env, name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} must be a whole number, not "${text}"`);
  return value;
}
