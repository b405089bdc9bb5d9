import { readMachineFile } from './machine/machine-file.ts';
import { openMachine } from './machine/open-machine.ts';
import { mendCertificate } from './cluster-certificates.ts';
import type { ClusterPaths } from './cluster-paths.ts';
import { endpointsOf, metricsPortsOf, portsOf } from './config.ts';
import type { Config } from './config.ts';
import { openDataDirectory } from './data-directory.ts';
import { checkPortFree } from './ports.ts';
import { planAddresses } from './process-addresses.ts';
import { planProcesses } from './process-plan.ts';
import type { ProcessPlan } from './process-plan.ts';
import { ensureRootKey, isRootKeyMissing } from './root-key.ts';
import type { RootKey } from './root-key.ts';

const LOOPBACK = '127.0.0.1';

/** What `up` is to run on this data directory, which it holds until disposal. */
export interface LocalPlan extends AsyncDisposable {
  /** Address and ports at which S3 is served from here. */
  readonly http: { readonly bind: string; readonly ports: readonly number[] };
  readonly region: string;
  /** How a person runs `pilvi` here. */
  readonly command: string;
  /** Of the gateways here. */
  readonly endpoints: readonly string[];
  /** Why no compute node is started here, for a person; else empty. */
  readonly noCompute: string;
  /** How the processes speak to each other, for a person. */
  readonly transport: string;
  prepare(paths: ClusterPaths): Promise<PreparedPlan>;
}

export interface PreparedPlan {
  readonly plans: readonly ProcessPlan[];
  readonly rootKey: RootKey;
  /** The key was made by this start. */
  readonly rootKeyMade: boolean;
  /** What a person should know before anything starts. */
  readonly notices: readonly string[];
  /** Makes a process's certificate anew when it cannot be used; true when it did. */
  readonly mendCertificate: (name: string) => Promise<boolean>;
}

/** A whole cluster, or what this machine is in a cluster of several. Throws what `openDataDirectory` does. */
export async function openLocalPlan(config: Config, env: NodeJS.ProcessEnv): Promise<LocalPlan> {
  const file = await readMachineFile(config.dataDir);
  return file === undefined ? openCluster(config) : openMachine(config, env, file);
}

async function openCluster(config: Config): Promise<LocalPlan> {
  const directory = await openDataDirectory(config);
  const { shape } = directory;
  return {
    http: { bind: config.bind, ports: portsOf(config) },
    region: config.region,
    command: config.command,
    endpoints: endpointsOf(config),
    noCompute: config.noCompute,
    transport: config.transport === 'unix' ? 'Unix sockets' : 'TCP with mutual TLS',
    async prepare(paths) {
      const { transport, gateways, computeNodes, metricsPort } = config;
      for (const port of metricsPortsOf(config, shape.storageNodes)) await checkPortFree(LOOPBACK, port);
      const rootKeyMade = await isRootKeyMissing(config);
      const rootKey = await ensureRootKey(config);
      const { addresses, tlsDirs } = await planAddresses({ transport, gateways, computeNodes, shape, paths, metricsPort });
      return {
        plans: planProcesses({ config, shape, paths, rootKey, addresses, tlsDirs }),
        rootKey,
        rootKeyMade,
        notices: [],
        mendCertificate: async (name) => tlsDirs.has(name) && (await mendCertificate(paths.tlsDir, name)),
      };
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
