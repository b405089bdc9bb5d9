import type { ClusterImages, ClusterShape } from './cluster-options.ts';
import { loadBalancerCommand } from './load-balancer.ts';

export type MemberKind = 'etcd' | 'storage' | 'gateway' | 'load-balancer';

/** One process of a cluster, as its container is made. */
export interface MemberPlan {
  readonly name: string;
  readonly kind: MemberKind;
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined: the image's own. */
  readonly command?: readonly string[];
  /** Undefined: the image's own. */
  readonly user?: string;
  /** IPv4, the same for as long as the cluster lives. */
  readonly address: string;
  readonly zone?: string;
  readonly ports: readonly { readonly inside: number; readonly outside: number }[];
  /** Where its data volume is mounted; undefined: it keeps nothing. */
  readonly dataPath?: string;
  /** To whom the root of its data belongs. */
  readonly dataUid: number;
  readonly binds: readonly string[];
}

export interface PlanInput {
  readonly shape: ClusterShape;
  readonly images: ClusterImages;
  /** The first three numbers of the network's addresses: `172.20.0`. */
  readonly network: string;
  /** Of this host: one for each gateway, then one for the load balancer. */
  readonly ports: readonly number[];
  /** The volume with the secrets of a member. */
  readonly secretsVolume: (name: string) => string;
}

export const S3_PORT = 9000;
const GRPC_PORT = 9100;
const ETCD_PORT = 2379;
const ETCD_PEER_PORT = 2380;
const LAME_DUCK_MS = 2_000;
const SECRETS = '/secrets';
/** The user `node` of the images; etcd's runs as root. */
const NODE_UID = 1000;
/** Of the host part of an address, by kind. */
const FIRST_ADDRESS: Readonly<Record<MemberKind, number>> = { etcd: 10, gateway: 70, storage: 130, 'load-balancer': 200 };

/** Every process of the cluster, in the order in which they start. Pure. */
export function planCluster({ shape, images, network, ports, secretsVolume }: PlanInput): readonly MemberPlan[] {
  const names = memberNames(shape);
  const address = (kind: MemberKind, i: number): string => `${network}.${FIRST_ADDRESS[kind] + i}`;
  const secrets = (name: string): string => `${secretsVolume(name)}:${SECRETS}:ro`;
  const gatewayAddresses = names.gateways.map((name) => `${name}:${GRPC_PORT}`).join(',');
  const etcd = names.etcd.map((name, i): MemberPlan => ({
    name,
    kind: 'etcd',
    image: images.etcd,
    environment: {},
    command: etcdCommand(name, names.etcd),
    address: address('etcd', i),
    ports: [],
    dataPath: '/data',
    dataUid: 0,
    binds: [secrets(name)],
  }));
  const storage = names.storage.map((name, i): MemberPlan => {
    const zone = `zone-${(i % shape.zones) + 1}`;
    return {
      name,
      kind: 'storage',
      image: images.storageNode,
      environment: {
        ...shape.environment,
        PILVI_PROCESS_NAME: name,
        PILVI_ZONE: zone,
        PILVI_ADVERTISE: `${name}:${GRPC_PORT}`,
        PILVI_GATEWAY_ADDRESSES: gatewayAddresses,
      },
      address: address('storage', i),
      zone,
      ports: [],
      dataPath: '/data',
      dataUid: NODE_UID,
      binds: [secrets(name)],
    };
  });
  const gateways = names.gateways.map((name, i): MemberPlan => ({
    name,
    kind: 'gateway',
    image: images.gateway,
    environment: {
      ...shape.environment,
      ...gatewayEnvironment(shape, names.etcd),
      PILVI_PROCESS_NAME: name,
      PILVI_GATEWAY_ADDRESSES: gatewayAddresses,
    },
    address: address('gateway', i),
    ports: [{ inside: S3_PORT, outside: ports[i]! }],
    dataPath: '/data',
    dataUid: NODE_UID,
    binds: [secrets(name)],
  }));
  const loadBalancer: MemberPlan = {
    name: 'load-balancer',
    kind: 'load-balancer',
    image: images.loadBalancer,
    environment: {},
    command: loadBalancerCommand(
      gateways.map((gateway) => gateway.address),
      S3_PORT,
    ),
    address: address('load-balancer', 0),
    ports: [{ inside: S3_PORT, outside: ports[names.gateways.length] ?? 0 }],
    dataUid: 0,
    binds: [],
  };
  return [...etcd, ...storage, ...gateways, ...(shape.loadBalancer ? [loadBalancer] : [])];
}

/** Who is in the cluster, by kind. Pure. */
export function memberNames(shape: ClusterShape): Record<'etcd' | 'storage' | 'gateways', readonly string[]> {
  const called = (kind: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${kind}-${i + 1}`);
  return {
    etcd: called('etcd', shape.etcdMembers),
    storage: called('storage', shape.storageNodes),
    gateways: called('gateway', shape.gateways),
  };
}

function gatewayEnvironment(shape: ClusterShape, etcd: readonly string[]): Record<string, string> {
  return {
    PILVI_EXPECTED_NODES: String(shape.storageNodes),
    PILVI_COPIES: String(shape.copies),
    PILVI_CONTROL_STORE: etcd.length === 0 ? 'embedded' : `etcd://${etcd.map((name) => `${name}:${ETCD_PORT}`).join(',')}`,
    // One that stops lets the balancer know first, and serves on meanwhile.
    ...(shape.loadBalancer ? { PILVI_LAME_DUCK_MS: String(LAME_DUCK_MS) } : {}),
    ...(shape.partitions === undefined ? {} : { PILVI_PARTITIONS: String(shape.partitions) }),
  };
}

/** Mutual TLS for clients and among members; history is dropped after an hour, or it would grow for ever. */
function etcdCommand(name: string, members: readonly string[]): readonly string[] {
  const tls = (prefix: string): string[] => [
    `--${prefix}client-cert-auth`,
    `--${prefix}trusted-ca-file=${SECRETS}/ca.pem`,
    `--${prefix}cert-file=${SECRETS}/cert.pem`,
    `--${prefix}key-file=${SECRETS}/key.pem`,
  ];
  return [
    'etcd',
    `--name=${name}`,
    '--data-dir=/data/etcd',
    `--listen-client-urls=https://0.0.0.0:${ETCD_PORT}`,
    `--advertise-client-urls=https://${name}:${ETCD_PORT}`,
    `--listen-peer-urls=https://0.0.0.0:${ETCD_PEER_PORT}`,
    `--initial-advertise-peer-urls=https://${name}:${ETCD_PEER_PORT}`,
    `--initial-cluster=${members.map((member) => `${member}=https://${member}:${ETCD_PEER_PORT}`).join(',')}`,
    '--initial-cluster-state=new',
    '--auto-compaction-mode=periodic',
    '--auto-compaction-retention=1h',
    ...tls(''),
    ...tls('peer-'),
    // One that was away and comes back deposes no leader.
    '--pre-vote',
  ];
}
