import { mkdir } from 'node:fs/promises';
import { createClusterAuthority } from '@pilvi/transport';
import { clusterPaths } from '../cluster-paths.ts';
import { CommandError } from '../command-error.ts';
import type { Config } from '../config.ts';
import { holdDataDirectory } from '../data-directory.ts';
import { describeMachine } from './describe-machine.ts';
import type { MachineFlags } from './describe-machine.ts';
import { authorityDir, renewCertificate } from './machine-credentials.ts';
import { assertNoLocalCluster, readMachineFile, writeMachineFile } from './machine-file.ts';

const DEFAULT_COPIES = 3;

export interface InitFlags extends MachineFlags {
  /** The first placement waits for so many storage nodes; as many as copies when not given. */
  readonly nodes?: number;
}

/** `pilvi init`: makes a cluster, with its authority, of which this is the first machine. Answers lines for a person. Throws CommandError. */
export async function init(config: Config, env: NodeJS.ProcessEnv, flags: InitFlags): Promise<string> {
  const machine = describeMachine(flags);
  const controlStore = config.controlStore?.kind === 'etcd' ? config.controlStore : undefined;
  const copies = config.copies ?? DEFAULT_COPIES;
  if (!machine.roles.includes('gateway'))
    throw new CommandError('bad-setting', 'the first machine of a cluster has a gateway: others join through it (--role)');
  if (controlStore === undefined && !machine.roles.includes('storage'))
    throw new CommandError(
      'bad-setting',
      'without etcd (PILVI_CONTROL_STORE) the first machine stores data too: its control data is mirrored there (--role)',
    );
  const expectedNodes = flags.nodes ?? copies;
  if (expectedNodes < copies)
    throw new CommandError('bad-setting', `${String(copies)} copies need ${String(copies)} storage nodes (--nodes, PILVI_COPIES)`);
  await assertNoLocalCluster(config.dataDir);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  await using _held = await holdDataDirectory(config.dataDir);
  if ((await readMachineFile(config.dataDir)) !== undefined)
    throw new CommandError('refused', `${config.dataDir} is of a machine that belongs to a cluster already: run it with "npx pilvi up"`);
  const paths = clusterPaths(config.dataDir);
  await createClusterAuthority(authorityDir(paths));
  await renewCertificate(paths, machine, Date.now());
  // Last: a directory with this file is whole.
  await writeMachineFile(config.dataDir, {
    machine,
    http: { bind: env['PILVI_BIND'] ?? machine.host, port: config.port },
    gateways: [machine.addresses.gateway],
    isFounder: true,
    copies,
    partitions: config.partitions,
    expectedNodes,
    region: config.region,
    domain: config.domain,
    controlStore,
  });
  return [
    `a cluster was made; this machine, "${machine.name}", is its first`,
    `  npx pilvi up --data ${config.dataDir}              # run it; keep it running`,
    `  npx pilvi token create --data ${config.dataDir}    # then, for each machine that is to join`,
    `data is placed when ${String(expectedNodes)} storage nodes have joined; until then S3 answers 503`,
  ].join('\n');
}
