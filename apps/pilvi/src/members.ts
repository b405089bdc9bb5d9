import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeStatus, StatusDocument } from '@pilvi/admin-api';
import { clusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { formatBytes } from './draw-table.ts';
import { askGateway, bodyOf } from './socket-client.ts';

const LOOK_EVERY_MS = 1_000;

export interface WaitFlags {
  readonly wait: boolean;
}

type Say = (line: string) => void;

/** `pilvi node drain NAME`: its data is moved to others while it serves on. Waits for the end, telling how far it is, unless told not to. Throws CommandError. */
export async function drainNode(config: Config, name: string, { wait }: WaitFlags, say: Say): Promise<void> {
  await change(config, `/_pilvi/nodes/${encodeURIComponent(name)}/drain`);
  say(`${name}: its data is moved to other nodes, also when this command is ended (npx pilvi node undrain ${name} takes it back)`);
  if (!wait) return;
  await follow(config, say, (status) => drainProgress(status, name));
  say(`${name} holds nothing that is needed any more: npx pilvi node remove ${name}`);
}

/** `pilvi node undrain NAME`. */
export async function undrainNode(config: Config, name: string): Promise<string> {
  await change(config, `/_pilvi/nodes/${encodeURIComponent(name)}/undrain`);
  return `${name} takes data again`;
}

/** `pilvi node remove NAME`: it never comes back. Throws CommandError `refused` where that could lose something. */
export async function removeNode(config: Config, name: string, { acceptLoss }: { readonly acceptLoss: boolean }): Promise<string> {
  await change(config, `/_pilvi/nodes/${encodeURIComponent(name)}/remove?acceptLoss=${String(acceptLoss)}`);
  return `${name} is no part of the cluster any more: stop its process; its data directory may be deleted`;
}

/** `pilvi cluster set copies N`: waits, telling how far it is, until everything has so many. */
export async function setCopies(config: Config, copies: string, { wait }: WaitFlags, say: Say): Promise<void> {
  await change(config, `/_pilvi/copies?copies=${encodeURIComponent(copies)}`);
  say(`${copies} copies of everything are made, also when this command is ended`);
  if (!wait) return;
  await follow(config, say, copiesProgress);
  say(`everything has ${copies} copies`);
}

/** What is left to do, for a person; undefined when nothing is. Pure. */
export function drainProgress(status: Pick<StatusDocument, 'nodes'>, name: string): string | undefined {
  const node = status.nodes.find((n) => n.name === name);
  if (node === undefined) throw new CommandError('refused', `${name} was removed meanwhile`);
  if (node.state !== 'draining' && node.state !== 'up' && node.state !== 'stopping')
    return `${name} is ${node.state}: waiting for it to come back`;
  if (!isDraining(node)) throw new CommandError('refused', `${name} is not drained any more: somebody took it back`);
  if (node.isEmpty) return undefined;
  const places = `${name} has a place in ${String(node.places)} partitions`;
  const chunks =
    node.unsettled === 0
      ? ''
      : `, and looks whether its chunks of ${String(node.unsettled)} are elsewhere (${formatBytes(node.chunkBytes)} here)`;
  return places + chunks;
}

/** What is left to do, for a person; undefined when nothing is. Pure. */
export function copiesProgress({
  partitions,
  objects,
  settings,
}: Pick<StatusDocument, 'partitions' | 'objects' | 'settings'>): string | undefined {
  const isWhole = partitions.underReplicated === 0 && objects.underReplicated === 0 && settings.minInSync >= Math.min(2, settings.copies);
  if (isWhole) return undefined;
  return `${String(partitions.underReplicated)} of ${String(partitions.total)} partitions and ${String(objects.underReplicated)} objects have too few copies`;
}

function isDraining({ state }: NodeStatus): boolean {
  return state === 'draining' || state === 'stopping';
}

async function change(config: Config, path: string): Promise<void> {
  bodyOf(await askGateway(clusterPaths(config.dataDir), 'POST', path));
}

/** Says what is left whenever that changes, until nothing is. A gateway that is away for a moment is waited for. */
async function follow(config: Config, say: Say, progress: (status: StatusDocument) => string | undefined): Promise<void> {
  let told = '';
  for (;;) {
    const answer = await askGateway(clusterPaths(config.dataDir), 'GET', '/_pilvi/status').catch(() => undefined);
    const left = answer === undefined ? 'no gateway answers' : progress(bodyOf(answer) as StatusDocument);
    if (left === undefined) return;
    if (left !== told) say(left);
    told = left;
    await sleep(LOOK_EVERY_MS);
  }
}
