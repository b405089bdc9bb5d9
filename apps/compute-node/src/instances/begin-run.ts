import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';
import { taskId } from '@pilvi/instance-driver';
import type { InstanceDriver, TaskSpec } from '@pilvi/instance-driver';
import type { RootDisks, StoredImage } from '@pilvi/instance-images';
import { attachmentOf, resolvConf } from '@pilvi/instance-network';
import type { InstanceNetwork } from '@pilvi/instance-network';
import { idRangeOf } from './id-ranges.ts';
import { imageUser } from './image-user.ts';
import type { Carried } from './instance-record.ts';
import { writeSideFiles } from './side-files.ts';
import type { BootPrograms } from './side-files.ts';

/** What runs of instances are made of. */
export interface RunComponents {
  readonly driver: InstanceDriver;
  readonly disks: RootDisks;
  readonly network: Pick<InstanceNetwork, 'attach' | 'detach' | 'problem'>;
  readonly programs: BootPrograms;
  /** Keeps the output of runs that are over. */
  readonly consoleDirectory: string;
}

/** The console tells this much of the latest output, as EC2 does; kept for a run that is over. */
export const CONSOLE_BYTES = 64 * 1024;

/** Each line lies there with 40 bytes before it, and whoever follows it should not miss a burst. */
const CONSOLE_LOG_BYTES = 1024 * 1024;

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Makes everything of a run up to its process, which then waits: root, files, network, task. Whatever was there of an earlier try is used or replaced.
 * What fails leaves the rest to `endRun`.
 */
export async function prepareRun(
  components: RunComponents,
  run: { desired: DesiredInstance; carried: Carried; image: StoredImage },
  signal: AbortSignal,
): Promise<void> {
  const { driver, disks, network, programs } = components;
  const { desired, carried, image } = run;
  const id = taskId(desired.instanceId);
  const range = idRangeOf(carried.idSlot!);
  await driver.destroy(id, signal);
  await mkdir(components.consoleDirectory, { recursive: true, mode: 0o700 });
  await disks.create(desired.instanceId, Number(desired.limits!.diskBytes), signal);
  const { rootDirectory, sideDirectory } = await disks.mount(desired.instanceId, image, range, signal);
  const hostname = hostnameOf(desired);
  const withUserData = !carried.userDataGiven && desired.userData.length > 0;
  const attachment = attachmentOf(desired);
  const mounts = await writeSideFiles(sideDirectory, {
    desired,
    hostname,
    resolvConf: resolvConf(attachment),
    range,
    programs,
    withUserData,
  });
  const { namespacePath } = await network.attach(attachment);
  const { entrypoint, command, env, workingDirectory } = image.config;
  const spec: TaskSpec = {
    id,
    rootDirectory,
    idRange: range,
    command: {
      argv: ['/run/pilvi/init', '--', '/run/pilvi/busybox', 'sh', '/run/pilvi/boot', ...entrypoint, ...command],
      env: { PATH: DEFAULT_PATH, HOME: '/root', HOSTNAME: hostname, ...endpointEnvironment(desired), ...env },
      cwd: workingDirectory,
      user: await imageUser(image),
    },
    hostname,
    networkNamespace: namespacePath,
    mounts,
    limits: limitsOf(desired),
    consoleBytes: CONSOLE_LOG_BYTES,
  };
  await driver.create(spec, signal);
}

/** Takes everything of a run away but its disk. Nothing of it may be there; called again and again it does no harm. */
export async function endRun(components: RunComponents, instanceId: string, signal: AbortSignal): Promise<void> {
  const { driver, disks, network } = components;
  await driver.destroy(taskId(instanceId), signal);
  await network.detach(instanceId);
  await disks.unmount(instanceId, signal);
}

/** Clients of the AWS SDKs look there: our own S3 and EC2 need no further setting inside. */
function endpointEnvironment({ identity }: DesiredInstance): Record<string, string> {
  if (identity === undefined || identity.endpoint === '') return {};
  return { AWS_ENDPOINT_URL: identity.endpoint, AWS_REGION: identity.region };
}

function limitsOf({ limits }: DesiredInstance): TaskSpec['limits'] {
  return { vcpus: limits!.cpuMillis / 1000, memoryBytes: Number(limits!.memoryBytes), pids: limits!.pids };
}

/** "ip-10-201-0-5" of "ip-10-201-0-5.ec2.internal". */
function hostnameOf(desired: DesiredInstance): string {
  const name = desired.interfaces[0]?.privateDnsName.split('.')[0] ?? '';
  return name === '' ? desired.instanceId : name;
}

export function consoleFile({ consoleDirectory }: Pick<RunComponents, 'consoleDirectory'>, instanceId: string): string {
  return join(consoleDirectory, instanceId);
}
