import { integer, list, optionalText, readEnv, text } from '@pilvi/runtime';
import { createHash } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';

/** What a compute node is told by its environment; read once, validated once. */
export interface ComputeNodeConfig {
  readonly name: string;
  readonly zone: string;
  readonly dataDir: string;
  readonly gateways: readonly string[];
  /** Directory with ca.pem, cert.pem and key.pem; needed when any address is TCP. */
  readonly tlsDir: string | undefined;
  /** What is lent to instances altogether. */
  readonly cpuMillis: number;
  readonly memoryMib: number;
  /** Where instances' roots are mounted: short, and open to the instances' users. */
  readonly mountDirectory: string;
  /** The parent of their control groups. */
  readonly cgroupParent: string;
  /** Where instances' public addresses are taken from; undefined: the first free range of 127.201.0.0/16 and up. */
  readonly publicCidr: string | undefined;
  /** Where health is told on the loopback interface; undefined: nowhere. */
  readonly healthPort: number | undefined;
  /** The cluster's API for instances: its URL inside, and where gateways serve it; undefined: they do not reach it. */
  readonly endpoint: { readonly url: URL; readonly gateways: readonly HostAndPort[] } | undefined;
}

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

const MIB = 1024 * 1024;
/** Instances are seldom busy: a processor is lent many times, and shared fairly when it is wanted by all. */
const CPU_OVERCOMMIT = 100;
/** The rest is for the cluster's own processes and the machine. */
const MEMORY_SHARE = 0.75;

/** Throws RuntimeError `bad-configuration`, naming the variable. */
export function readConfig(env: NodeJS.ProcessEnv): ComputeNodeConfig {
  const { endpointUrl, endpoints, healthPort, ...values } = readEnv<{
    [K in keyof typeof VARIABLES]: ReturnType<(typeof VARIABLES)[K][1]>;
  }>(VARIABLES, env);
  // Of its own, though several nodes share a machine, and the same at each start.
  const place = createHash('sha256').update(values.dataDir).digest('hex').slice(0, 8);
  return {
    ...values,
    healthPort: healthPort === 0 ? undefined : healthPort,
    endpoint: endpointUrl === undefined ? undefined : { url: new URL(endpointUrl), gateways: endpoints.map(hostAndPort) },
    mountDirectory: `/run/pilvi-${place}`,
    cgroupParent: `/pilvi-${place}`,
  };
}

function hostAndPort(text: string): HostAndPort {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replaceAll(/[[\]]/g, ''), port: Number(text.slice(colon + 1)) };
}

const VARIABLES = {
  name: ['PILVI_PROCESS_NAME', text()],
  zone: ['PILVI_ZONE', text()],
  dataDir: ['PILVI_PROCESS_DATA_DIR', text()],
  gateways: ['PILVI_GATEWAY_ADDRESSES', list()],
  publicCidr: ['PILVI_PUBLIC_CIDR', optionalText],
  endpointUrl: ['PILVI_INSTANCE_ENDPOINT', optionalText],
  endpoints: ['PILVI_ENDPOINTS', list([])],
  healthPort: ['PILVI_HEALTH_PORT', integer({ min: 0, fallback: 0 })],
  tlsDir: ['PILVI_TLS_DIR', optionalText],
  cpuMillis: ['PILVI_COMPUTE_CPU_MILLIS', integer({ min: 1, fallback: availableParallelism() * 1000 * CPU_OVERCOMMIT })],
  memoryMib: ['PILVI_COMPUTE_MEMORY_MIB', integer({ min: 1, fallback: Math.floor((totalmem() / MIB) * MEMORY_SHARE) })],
} as const;
