import { createSupervisor, silentLogger } from '@pilvi/runtime';
import { command } from '../commands.ts';
import type { InstanceNetwork } from '../instance-network.ts';
import { networkNames } from '../names.ts';
import { openInstanceNetwork } from '../open-network.ts';
import type { NetworkOptions } from '../open-network.ts';
import { missingForNetwork } from '../requirements.ts';

const missing = await missingForNetwork();
/** Why tests of the real network cannot run here; false: they can. */
export const NO_NETWORK: string | false = missing.length === 0 ? false : missing.join('; ');

/** A real network under a name of its own, so that test files can run at the same time. */
export async function openKernelNetwork(options: Partial<NetworkOptions> & { nodeId: string }): Promise<InstanceNetwork> {
  return openInstanceNetwork(
    { log: silentLogger, supervisor: createSupervisor({ log: silentLogger }) },
    { resolvers: async () => [], ...options },
  );
}

/** Everything in the host that this node's network made: empty before it is opened and after it is closed. */
export async function remainsOf(nodeId: string): Promise<string[]> {
  const { router } = networkNames(nodeId);
  const lists = await Promise.all([
    command('ip', ['-oneline', 'link', 'show']),
    command('ip', ['netns', 'list']),
    command('ip', ['-4', 'route', 'show', 'table', 'all']),
    command('nft', ['list', 'tables']),
    command('iptables', ['-w', '5', '-S']).catch(() => ''),
    command('ps', ['-eo', 'args']),
  ]);
  return lists.flatMap((text) => text.split('\n').filter((line) => line.includes(router)));
}
