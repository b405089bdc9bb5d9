import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  GetConsoleOutputCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadError } from '../load-error.ts';
import { startCluster } from './cluster.ts';
import { availableMiB, processMiB } from './instance-memory.ts';

export interface Ec2Effort {
  /** One after the other. */
  readonly launches: number;
  /** At once. */
  readonly instances: number;
}

export interface Ec2Figures {
  /** From the call of RunInstances to the first line of user-data, in the order of the launches; known within 10 ms. */
  readonly launchMs: readonly number[];
  readonly instances: number;
  /** From the call to the last one running. */
  readonly allRunningMs: number;
  /** Of each idle instance: its processes and its monitor; and everything, as far as the machine had less available. */
  readonly processesMiB: number;
  readonly allMiB: number;
}

const TYPE = 't3.nano';
const TYPE_MIB = 512;
/** Their sizes together must fit the disk, though hardly anything is written. */
const SMALL_ROOT = [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 1 } }];
/** One request launches so many at most. */
const REQUEST_MAX = 20;
/** Image made, code loaded, roots ready. */
const WARM_UP = 5;
/** A launch has long been over by then: whoever asked before would be in its way. */
const LOOK_AFTER_MS = 200;
/** Between the end of one instance and the next launch. */
const REST_MS = 250;
/** Until what the last launches left to do is done. */
const SETTLED_AFTER_MS = 3_000;
const PATIENCE_MS = 300_000;
const LOOK_MS = 20;
/** The kernel's clock since boot is the same inside and outside, in hundredths of a second. */
const USER_DATA = '#!/bin/sh\nread up rest < /proc/uptime\necho "first at $up"\n';

/** A fresh cluster with one compute node, busybox instances. Throws LoadError `bad-setting` where instances cannot be run. */
export async function benchEc2({ launches, instances }: Ec2Effort): Promise<Ec2Figures> {
  const settings = { PILVI_COMPUTE_NODES: '1', PILVI_COMPUTE_MEMORY_MIB: String((instances + 2) * TYPE_MIB) };
  await using cluster = await startCluster('unix', undefined, settings);
  await untilInstancesRun(cluster.url);
  const ec2 = new EC2Client({ endpoint: cluster.url, region: cluster.credentials.region, credentials: cluster.credentials });
  const imageId = await busyboxImage(ec2);
  const launchMs: number[] = [];
  say(`${launches} launches, one after the other ...`);
  for (let i = 0; i < WARM_UP + launches; i++) {
    const ms = await timeLaunch(ec2, imageId);
    if (i >= WARM_UP) launchMs.push(ms);
  }
  await sleep(SETTLED_AFTER_MS);
  say(`${instances} instances at once ...`);
  const before = availableMiB();
  const startedMs = performance.now();
  const ids = await run(ec2, imageId, instances);
  await untilState(ec2, ids, 'running');
  const allRunningMs = performance.now() - startedMs;
  await sleep(SETTLED_AFTER_MS);
  const allMiB = (before - availableMiB()) / instances;
  const processesMiB = processMiB(ids) / instances;
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }));
  await untilState(ec2, ids, 'terminated');
  return { launchMs, instances, allRunningMs, processesMiB, allMiB };
}

/** A Markdown table. Pure. */
export function drawEc2Figures({ launchMs, instances, allRunningMs, processesMiB, allMiB }: Ec2Figures): string {
  const sorted = launchMs.toSorted((a, b) => a - b);
  const quantile = (share: number): string => (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0).toFixed(0);
  return [
    '| | |',
    '| --- | --- |',
    `| RunInstances to the first line of user-data, ${launchMs.length} launches | p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, longest ${quantile(1)} ms |`,
    `| ${instances} instances at once, until the last one runs | ${(allRunningMs / 1000).toFixed(1)} s |`,
    `| memory of an idle instance: its processes, all | ${processesMiB.toFixed(1)} MiB, ${allMiB.toFixed(1)} MiB |`,
  ].join('\n');
}

async function timeLaunch(ec2: EC2Client, imageId: string): Promise<number> {
  const startedMs = uptimeMs();
  const [id] = (await run(ec2, imageId, 1)) as [string];
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    await sleep(LOOK_AFTER_MS);
    const { Output } = await ec2.send(new GetConsoleOutputCommand({ InstanceId: id, Latest: true }));
    const firstAt = /first at ([\d.]+)/.exec(Buffer.from(Output ?? '', 'base64').toString())?.[1];
    if (firstAt !== undefined) {
      await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
      await untilState(ec2, [id], 'terminated');
      await sleep(REST_MS);
      return Number(firstAt) * 1000 - startedMs;
    }
    if (performance.now() > untilMs) throw new LoadError('wrong-answer', `the user-data of ${id} said nothing`);
  }
}

async function busyboxImage(ec2: EC2Client): Promise<string> {
  const named = { Owners: ['amazon'], Filters: [{ Name: 'name', Values: ['*busybox*'] }] };
  const imageId = (await ec2.send(new DescribeImagesCommand(named))).Images?.[0]?.ImageId;
  if (imageId === undefined) throw new LoadError('wrong-answer', 'there is no busybox image');
  return imageId;
}

async function run(ec2: EC2Client, ImageId: string, count: number): Promise<string[]> {
  const UserData = Buffer.from(USER_DATA).toString('base64');
  const ids: string[] = [];
  while (ids.length < count) {
    const some = Math.min(REQUEST_MAX, count - ids.length);
    const wish = { ImageId, MinCount: some, MaxCount: some, UserData, InstanceType: TYPE, BlockDeviceMappings: SMALL_ROOT } as const;
    const { Instances } = await ec2.send(new RunInstancesCommand(wish));
    ids.push(...(Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []));
  }
  return ids;
}

async function untilState(ec2: EC2Client, ids: readonly string[], state: string): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [...ids] }));
    const others = (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []).filter(({ State }) => State?.Name !== state);
    if (others.length === 0) return;
    if (performance.now() > untilMs) throw new LoadError('wrong-answer', `${others.length} instances are not ${state}`);
    await sleep(LOOK_MS * 5);
  }
}

async function untilInstancesRun(url: string): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const { compute } = (await (await fetch(`${url}/_pilvi/health`)).json()) as { compute: { nodes: number; reason: string } };
    if (compute.nodes > 0 && compute.reason === '') return;
    if (compute.nodes > 0 || performance.now() > untilMs) throw new LoadError('bad-setting', `instances cannot be run: ${compute.reason}`);
    await sleep(LOOK_MS);
  }
}

function uptimeMs(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
