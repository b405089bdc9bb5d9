import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeStatus, ScrubDocument, StatusDocument } from '@pilvi/admin-api';
import { clusterPaths } from './cluster-paths.ts';
import type { Config } from './config.ts';
import { askGateway, bodyOf } from './socket-client.ts';

const LOOK_EVERY_MS = 500;

/**
 * `pilvi scrub`: every node reads all that it stores again, and mends what is damaged from other copies. Waits for the end unless told not to; `say` is told
 * each node's result. Throws CommandError `not-running`.
 */
export async function scrub(config: Config, options: { readonly wait: boolean }, say: (line: string) => void): Promise<void> {
  const paths = clusterPaths(config.dataDir);
  const status = async (): Promise<readonly NodeStatus[]> =>
    (bodyOf(await askGateway(paths, 'GET', '/_pilvi/status')) as StatusDocument).nodes;
  const before = new Map((await status()).map((node) => [node.name, node]));
  const { nodes } = bodyOf(await askGateway(paths, 'POST', '/_pilvi/scrub')) as ScrubDocument;
  say(`${nodes.toSorted().join(', ')}: reading everything again`);
  const waiting = new Set(options.wait ? nodes : []);
  while (waiting.size > 0) {
    await sleep(LOOK_EVERY_MS);
    for (const node of await status().catch(() => [])) {
      const result = waiting.has(node.name) ? resultOf(node, before.get(node.name)) : undefined;
      if (result === undefined) continue;
      waiting.delete(node.name);
      say(`${node.name}: ${result}`);
    }
  }
}

/** What a scrub came to on one node; undefined while it runs. Pure. */
export function resultOf(
  node: Pick<NodeStatus, 'incarnation' | 'scrub'>,
  before: Pick<NodeStatus, 'incarnation' | 'scrub'> | undefined,
): string | undefined {
  if (before !== undefined && node.incarnation !== before.incarnation)
    return 'its disk was damaged and set aside; it is filled again from the others (npx pilvi status)';
  if (node.scrub.running || node.scrub.finishedMs === 0 || node.scrub.finishedMs === before?.scrub.finishedMs) return undefined;
  return node.scrub.healed === 0 ? 'everything is sound' : `${String(node.scrub.healed)} damaged or missing pieces mended`;
}
