import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All that is on this machine because of a compute node: mounts, namespaces, control groups, links, rules. Empty after a graceful end. */
export function tracesOf(dataDir: string, node: string): readonly string[] {
  const place = `pilvi-${createHash('sha256').update(join(dataDir, node)).digest('hex').slice(0, 8)}`;
  const router = /"router":"([^"]+)"/.exec(readFileSync(join(dataDir, 'log', `${node}.log`), 'utf8'))?.[1];
  if (router === undefined) throw new Error(`the log of ${node} names no router`);
  const lines = (text: string): string[] => text.split('\n').filter((line) => line.includes(router) || line.includes(place));
  const said = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' });
  return [
    ...lines(readFileSync('/proc/self/mountinfo', 'utf8')),
    ...controlGroups(place),
    ...(existsSync(`/run/${place}`) ? [`/run/${place}`] : []),
    ...lines(said('ip', 'netns')),
    ...lines(said('ip', '-o', 'link')),
    ...lines(said('nft', 'list', 'tables')),
    ...said('losetup', '--list', '--noheadings', '--output', 'BACK-FILE')
      .split('\n')
      .filter((line) => line.startsWith(join(dataDir, node))),
  ];
}

/** Of cgroup v2, or of each hierarchy of v1. */
function controlGroups(name: string): readonly string[] {
  const root = '/sys/fs/cgroup';
  return ['.', ...readdirSync(root)].map((tree) => join(root, tree, name)).filter(existsSync);
}
