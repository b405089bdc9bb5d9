import { DescribeImagesCommand, DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import type { Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthDocument } from '@pilvi/admin-api';
import type { Cluster } from '../cluster.ts';

/** The time-out only ends what hangs. */
const PATIENCE_MS = 60_000;
/** One storage node and few partitions: it is not the store that is tried. */
export const COMPUTE_ENV = { PILVI_COMPUTE_NODES: '1', PILVI_STORAGE_NODES: '1', PILVI_PARTITIONS: '8' };

export function computeClient({ endpoint, credentials }: Cluster): EC2Client {
  return new EC2Client({ endpoint, credentials, region: 'us-east-1', maxAttempts: 10 });
}

/** Empty when they can be run; the node has a moment to call. */
export async function whyNoInstances({ endpoint }: Cluster): Promise<string> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const { compute } = (await (await fetch(`${endpoint}/_pilvi/health`)).json()) as HealthDocument;
    if (compute.nodes > 0 || Date.now() > untilMs) return compute.reason;
    await sleep(50);
  }
}

/** A busybox instance, once its first process has begun. In the default group unless others are wished for. */
export async function launchBusybox(ec2: EC2Client, userData: string, wish: Partial<RunInstancesCommandInput> = {}): Promise<Instance> {
  const named = { Owners: ['amazon'], Filters: [{ Name: 'name', Values: ['*busybox*'] }] };
  const ImageId = (await ec2.send(new DescribeImagesCommand(named))).Images?.[0]?.ImageId;
  return launch(ec2, { ImageId, UserData: Buffer.from(userData).toString('base64'), ...wish });
}

/** One small instance, once its first process has begun. */
export async function launch(ec2: EC2Client, wish: Partial<RunInstancesCommandInput>): Promise<Instance> {
  const { Instances } = await ec2.send(new RunInstancesCommand({ InstanceType: 't3.nano', ...wish, MinCount: 1, MaxCount: 1 }));
  return untilState(ec2, Instances![0]!.InstanceId!, 'running');
}

export async function untilState(ec2: EC2Client, id: string, state: string): Promise<Instance> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    const instance = Reservations?.[0]?.Instances?.[0];
    if (instance?.State?.Name === state) return instance;
    if (Date.now() > untilMs) throw new Error(`${id} is ${instance?.State?.Name}, not ${state}: ${instance?.StateReason?.Message}`);
    await sleep(100);
  }
}
