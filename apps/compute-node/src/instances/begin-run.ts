import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';
import { taskId } from '@pilvi/instance-driver';
import type { InstanceDriver, TaskSpec } from '@pilvi/instance-driver';
import type { MountedRoot, RootDisks, StoredImage } from '@pilvi/instance-images';
import type { Semaphore } from '@pilvi/runtime';
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
  readonly network: Pick<InstanceNetwork, 'attach' | 'beginAttach' | 'detach' | 'problem'>;
  readonly programs: BootPrograms;
  /** Of who makes or takes away a run: more at the same time would only wait for each other, each with its bound running. */
  readonly turns: Semaphore;
  /** Keeps the output of runs that are over. */
  readonly consoleDirectory: string;
}

export const RUNS_AT_ONCE = 8;
/** From its turn on. */
const RUN_BOUND_MS = 60_000;
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
  await inTurn(components, signal, (bounded) => makeRun(components, run, bounded));
}

async function makeRun(
  components: RunComponents,
  run: { desired: DesiredInstance; carried: Carried; image: StoredImage },
  signal: AbortSignal,
): Promise<void> {
  const { driver, network } = components;
  const { desired, carried, image } = run;
  const id = taskId(desired.instanceId);
  const hostname = hostnameOf(desired);
  const range = idRangeOf(carried.idSlot!);
  await driver.destroy(id, signal);
  const attachment = attachmentOf(desired);
  // The network and the root have nothing to do with each other, and each takes its time.
  const { made, inForce } = network.beginAttach(attachment);
  const [root, attached] = await settled(makeRoot(components, run, resolvConf(attachment), signal), made);
  const { entrypoint, command, env, workingDirectory } = image.config;
  const spec: TaskSpec = {
    id,
    rootDirectory: root.rootDirectory,
    idRange: range,
    command: {
      argv: ['/run/pilvi/init', '--', '/run/pilvi/busybox', 'sh', '/run/pilvi/boot', ...entrypoint, ...command],
      env: { PATH: DEFAULT_PATH, HOME: '/root', HOSTNAME: hostname, ...endpointEnvironment(desired), ...env },
      cwd: workingDirectory,
      user: await imageUser(image),
    },
    hostname,
    networkNamespace: attached.namespacePath,
    mounts: root.mounts,
    limits: limitsOf(desired, root.device),
    consoleBytes: CONSOLE_LOG_BYTES,
  };
  await settled(driver.create(spec, signal), inForce);
}

async function makeRoot(
  { disks, programs, consoleDirectory }: RunComponents,
  { desired, carried, image }: { desired: DesiredInstance; carried: Carried; image: StoredImage },
  resolvConf: string,
  signal: AbortSignal,
): Promise<{ rootDirectory: string; mounts: TaskSpec['mounts']; device: MountedRoot['device'] }> {
  const range = idRangeOf(carried.idSlot!);
  await mkdir(consoleDirectory, { recursive: true, mode: 0o700 });
  await disks.create(desired.instanceId, Number(desired.limits!.diskBytes), signal);
  const { rootDirectory, sideDirectory, device } = await disks.mount(desired.instanceId, image, range, signal);
  const isFirstRun = !carried.userDataGiven;
  const mounts = await writeSideFiles(sideDirectory, { desired, hostname: hostnameOf(desired), resolvConf, range, programs, isFirstRun });
  return { rootDirectory, mounts, device };
}

/** Waits for both, also when one fails: what is to be taken away then must not still be in the making. */
async function settled<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

/** Takes everything of a run away but its disk. Nothing of it may be there; called again and again it does no harm. */
export async function endRun(components: RunComponents, instanceId: string): Promise<void> {
  const { driver, disks, network } = components;
  await inTurn(components, undefined, async (bounded) => {
    await driver.destroy(taskId(instanceId), bounded);
    await network.detach(instanceId);
    await disks.unmount(instanceId, bounded);
  });
}

async function inTurn(
  { turns }: RunComponents,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const done = await turns.acquire(1, signal);
  try {
    const bound = AbortSignal.timeout(RUN_BOUND_MS);
    await work(signal === undefined ? bound : AbortSignal.any([signal, bound]));
  } finally {
    done();
  }
}

/** Clients of the AWS SDKs look there: our own S3 and EC2 need no further setting inside. */
function endpointEnvironment({ identity }: DesiredInstance): Record<string, string> {
  if (identity === undefined || identity.endpoint === '') return {};
  return { AWS_ENDPOINT_URL: identity.endpoint, AWS_REGION: identity.region };
}

function limitsOf({ limits }: DesiredInstance, device: MountedRoot['device']): TaskSpec['limits'] {
  const { cpuMillis, memoryBytes, pids, diskBytesPerSecond, diskOperationsPerSecond } = limits!;
  return {
    vcpus: cpuMillis / 1000,
    memoryBytes: Number(memoryBytes),
    pids,
    disk: { device, bytesPerSecond: Number(diskBytesPerSecond), operationsPerSecond: diskOperationsPerSecond },
  };
}

/** "ip-10-201-0-5" of "ip-10-201-0-5.ec2.internal". */
function hostnameOf(desired: DesiredInstance): string {
  const name = desired.interfaces[0]?.privateDnsName.split('.')[0] ?? '';
  return name === '' ? desired.instanceId : name;
}

export function consoleFile({ consoleDirectory }: Pick<RunComponents, 'consoleDirectory'>, instanceId: string): string {
  return join(consoleDirectory, instanceId);
}
