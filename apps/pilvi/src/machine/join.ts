import { mkdir } from 'node:fs/promises';
import { parseControlStoreAddress } from '@pilvi/control-store';
import { EnrolmentError, openAnswer, parseJoinToken, prepareRequest } from '@pilvi/enrolment';
import type { ClusterDescription, Machine } from '@pilvi/enrolment';
import { createSigningRequest, saveCredentials } from '@pilvi/transport';
import { clusterPaths } from '../cluster-paths.ts';
import { CommandError } from '../command-error.ts';
import type { Config, EtcdSetting } from '../config.ts';
import { holdDataDirectory } from '../data-directory.ts';
import { keepRootKey } from '../root-key.ts';
import { askToEnrol } from './ask-to-enrol.ts';
import { describeMachine } from './describe-machine.ts';
import type { MachineFlags } from './describe-machine.ts';
import { machineTlsDir } from './machine-credentials.ts';
import { assertNoLocalCluster, readMachineFile, writeMachineFile } from './machine-file.ts';

export interface JoinFlags extends MachineFlags {
  readonly token: string;
  /** A machine of this name is gone for good, or is this one, which is enrolled again. */
  readonly replace: boolean;
}

/** `pilvi join HOST:PORT`: enrols this machine through a gateway's public port. Its key is made here and stays. Answers lines for a person. Throws CommandError. */
export async function join(config: Config, env: NodeJS.ProcessEnv, gateway: string, flags: JoinFlags): Promise<string> {
  const machine = describeMachine(flags);
  await assertNoLocalCluster(config.dataDir);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  await using _held = await holdDataDirectory(config.dataDir);
  if ((await readMachineFile(config.dataDir)) !== undefined && !flags.replace)
    throw new CommandError('refused', `${config.dataDir} is of a machine that belongs to a cluster already: run it with "npx pilvi up"`);
  checkEtcd(config, machine);
  const { request: signingRequest, key } = await createSigningRequest(machine.name);
  const { authority, certificate, cluster } = await exchange(gateway, flags, { machine, signingRequest, key });
  await saveCredentials(machineTlsDir(clusterPaths(config.dataDir)), { kind: 'tls', ca: authority, cert: certificate, key });
  if (cluster.rootKey !== undefined) await keepRootKey(config.dataDir, cluster.rootKey);
  // Last: a directory with this file is whole.
  await writeMachineFile(config.dataDir, {
    machine,
    http: { bind: env['PILVI_BIND'] ?? machine.host, port: config.port },
    gateways: cluster.gateways,
    isFounder: false,
    copies: cluster.copies,
    partitions: cluster.partitions,
    expectedNodes: cluster.expectedNodes,
    region: cluster.region,
    domain: cluster.domain,
    controlStore: machine.roles.includes('gateway') ? etcdOf(config, cluster) : undefined,
  });
  return `this machine, "${machine.name}", belongs to cluster ${cluster.clusterId} now\n  npx pilvi up --data ${config.dataDir}    # run it; keep it running`;
}

async function exchange(
  gateway: string,
  flags: JoinFlags,
  { machine, signingRequest, key }: { machine: Machine; signingRequest: string; key: string },
): Promise<ReturnType<typeof openAnswer>> {
  try {
    const token = parseJoinToken(flags.token);
    const request = prepareRequest(token, { machine, signingRequest, replaces: flags.replace });
    return openAnswer(token, request, key, await askToEnrol(gateway, request.body));
  } catch (error) {
    if (error instanceof EnrolmentError) throw new CommandError('refused', error.message, { cause: error });
    throw error;
  }
}

/** Before a token is used up: a gateway that joins needs etcd, and the certificates for it are the user's to give. */
function checkEtcd(config: Config, machine: Machine): void {
  if (!machine.roles.includes('gateway') || config.controlStore?.kind === 'etcd') return;
  throw new CommandError(
    'bad-setting',
    'a second gateway needs etcd: set PILVI_CONTROL_STORE=etcd://host:port,..., PILVI_ETCD_CA, PILVI_ETCD_CERT and PILVI_ETCD_KEY (PEM files) for this command, or join with --role storage',
  );
}

/** As the user reaches it from here; it has to be the store that the cluster uses. */
function etcdOf(config: Config, cluster: ClusterDescription): EtcdSetting {
  const ours = config.controlStore;
  if (ours?.kind !== 'etcd') throw new CommandError('bad-setting', 'PILVI_CONTROL_STORE is not set');
  const [own, theirs] = [ours.address, cluster.controlStore].map((address) => parseControlStoreAddress(address));
  if (own?.kind === 'etcd' && theirs?.kind === 'etcd' && own.cluster === theirs.cluster) return ours;
  throw new CommandError('bad-setting', `the cluster keeps its control data in ${cluster.controlStore}, not in ${ours.address}`);
}
