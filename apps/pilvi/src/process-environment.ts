/**
 * What `pilvi up` tells the processes it starts. Each process is configured by these variables only, reads them once in its
 * `config.ts`, and needs nothing of `apps/pilvi`: a unit file or a compose file can set the same ones.
 */
interface ProcessEnvironment {
  /** `gateway-1`, `storage-1`, ... Logs and the cluster map call it so. */
  readonly PILVI_PROCESS_NAME: string;
  /** Everything it keeps: `<data dir>/storage-1`. Exists, mode 0700. */
  readonly PILVI_PROCESS_DATA_DIR: string;
  /** gRPC addresses of all gateways, separated by commas; to the gateway of one machine among several, its own: the others enter themselves in the control store. */
  readonly PILVI_GATEWAY_ADDRESSES: string;
  /** Directory with `ca.pem`, `cert.pem` and `key.pem` of this process; empty with Unix sockets. */
  readonly PILVI_TLS_DIR: string;
  /** `stdout`: its log goes to standard output, as in a container, and not to `<data dir>/../log/<name>.log`. */
  readonly PILVI_LOG?: 'file' | 'stdout';
}

interface ServingEnvironment extends ProcessEnvironment {
  /** Its gRPC server: `unix:/absolute/path` or `host:port` (then PILVI_TLS_DIR is set: TCP is always mutual TLS). */
  readonly PILVI_LISTEN: string;
  /** Where others reach this process, `host:port`, when it is one of several machines; else as PILVI_LISTEN says. */
  readonly PILVI_ADVERTISE?: string;
}

export interface ComputeNodeEnvironment extends ProcessEnvironment {
  /** Failure domain: its instances' availability zone. */
  readonly PILVI_ZONE: string;
  /** The URL of S3 and EC2 inside instances, `http://pilvi.internal:9000`; and where gateways serve them, `host:port` separated by commas. */
  readonly PILVI_INSTANCE_ENDPOINT: string;
  readonly PILVI_ENDPOINTS: string;
  /** Where instances' public addresses are taken from; empty: the first free range of the loopback network. */
  readonly PILVI_PUBLIC_CIDR: string;
  /** What is lent to instances altogether. */
  readonly PILVI_COMPUTE_CPU_MILLIS?: string;
  readonly PILVI_COMPUTE_MEMORY_MIB?: string;
}

export interface StorageNodeEnvironment extends ServingEnvironment {
  /** Failure domain: `zone-1`, ... */
  readonly PILVI_ZONE: string;
  /** Address that others are told, when it is not the one it listens at (`0.0.0.0:9100`). */
  readonly PILVI_ADVERTISE?: string;
  /** Port of the loopback interface for `/_pilvi/health`: whether it holds in sync all that it should. */
  readonly PILVI_HEALTH_PORT?: string;
  /** Where its metrics are served, separated by commas: `unix:/absolute/path` or `host:port` (by mutual TLS); empty: nowhere. */
  readonly PILVI_METRICS_LISTEN: string;
}

export interface ControlStoreEnvironment {
  /** `embedded`, or `etcd://host:port,...`, the same for all gateways. */
  readonly PILVI_CONTROL_STORE: string;
  /** PEM files: how a gateway and etcd know each other; empty when embedded. */
  readonly PILVI_ETCD_CA: string;
  readonly PILVI_ETCD_CERT: string;
  readonly PILVI_ETCD_KEY: string;
  /** Name that etcd's certificates carry; empty: the one of all certificates of a Pilvi cluster. */
  readonly PILVI_ETCD_SERVER_NAME: string;
}

export interface GatewayEnvironment extends ServingEnvironment, ControlStoreEnvironment {
  /** Unix socket of `/_pilvi/status` and `/_pilvi/where`, for the owner of the run directory (mode 0700). */
  readonly PILVI_ADMIN_SOCKET: string;
  /** Address and port of the public endpoint. */
  readonly PILVI_HTTP_BIND: string;
  readonly PILVI_HTTP_PORT: string;
  /** An inherited socket bound to them; without it the gateway binds its own. Set when the process is started. */
  readonly PILVI_HTTP_FD?: string;
  /** PEM files; HTTPS when both are given, else both empty. */
  readonly PILVI_TLS_CERT: string;
  readonly PILVI_TLS_KEY: string;
  /** A new cluster places its partitions when this many nodes have joined. */
  readonly PILVI_EXPECTED_NODES: string;
  /** A new cluster begins, without partitions, when this many nodes have called; as many as expected when not set. */
  readonly PILVI_FOUNDING_NODES?: string;
  /** Directory of the cluster's authority, with which this gateway enrols machines. */
  readonly PILVI_AUTHORITY_DIR?: string;
  /** Copies of every piece. */
  readonly PILVI_COPIES: string;
  /** Fixed when the cluster is created; empty: the default of the gateway. */
  readonly PILVI_PARTITIONS: string;
  /** Asked to stop, it says so in `/_pilvi/ready` and serves on so long (5000; 0 with an inherited socket): for a load balancer that has to see it. */
  readonly PILVI_LAME_DUCK_MS?: string;
  /** Requests under way at a stop get this long to end (25000; 5000 with an inherited socket). */
  readonly PILVI_DRAIN_MS?: string;
  /** The URL of S3 and EC2 inside instances, as they are told; not set: they are told none. */
  readonly PILVI_INSTANCE_ENDPOINT?: string;
  /** Why this cluster has no compute nodes, for a person; not set: it may have some. */
  readonly PILVI_NO_COMPUTE?: string;
  readonly PILVI_REGION: string;
  /** Host names, separated by commas, under which `bucket.<name>` addresses a bucket; may be empty. */
  readonly PILVI_DOMAIN: string;
  readonly PILVI_ROOT_ACCESS_KEY_ID: string;
  readonly PILVI_ROOT_SECRET_ACCESS_KEY: string;
  /** A file with both, as `pilvi secrets` makes it, where they are not given. */
  readonly PILVI_ROOT_KEY_FILE?: string;
}

/** Variables meant for the processes that pass through `up` as they are (settings that tests shorten), beside those set above. */
export const PASSED_THROUGH = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TZ',
  'NODE_OPTIONS',
  'GRPC_TRACE',
  'GRPC_VERBOSITY',
  'PILVI_LOG_LEVEL',
  // For the gateway: the bearer token with which Prometheus reads /_pilvi/metrics at the public port.
  'PILVI_METRICS_TOKEN',
  'PILVI_LAME_DUCK_MS',
  'PILVI_DRAIN_MS',
  'PILVI_COMPUTE_CPU_MILLIS',
  'PILVI_COMPUTE_MEMORY_MIB',
  // How a new storage node keeps its chunks: `files` (by default) or `leveldb`.
  'PILVI_CHUNK_ENGINE',
  'PILVI_DEAD_AFTER_MS',
  'PILVI_GARBAGE_AFTER_MS',
  'PILVI_INTENT_EXPIRY_MS',
  'PILVI_SWEEP_EVERY_MS',
  'PILVI_CENSUS_EVERY_MS',
  'PILVI_CHECKPOINT_EVERY_MS',
  'PILVI_CHECKPOINT_LOG_BYTES',
  'PILVI_SCRUB_PERIOD_MS',
  'PILVI_COMPARE_DIGESTS_EVERY_MS',
] as const;
