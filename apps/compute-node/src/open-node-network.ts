import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { attachmentOf, openInstanceNetwork } from '@pilvi/instance-network';
import type { InstanceNetwork } from '@pilvi/instance-network';
import type { Logger, Supervisor } from '@pilvi/runtime';
import { appliableGroup } from './appliable-group.ts';
import type { ComputeNodeConfig, HostAndPort } from './config.ts';
import type { InstanceStore, NodeIdentity } from './instances/instance-store.ts';

/** Opens the network with what this node remembers: what still runs keeps its network without a gap. */
export async function openNodeNetwork(
  components: { log: Logger; supervisor: Supervisor; store: InstanceStore },
  config: ComputeNodeConfig,
  { nodeId, publicCidr }: NodeIdentity,
): Promise<InstanceNetwork> {
  const { store, ...others } = components;
  const records = await store.instances();
  const { endpoint } = config;
  return openInstanceNetwork(others, {
    nodeId,
    ...(config.publicCidr !== undefined && { publicCidr: config.publicCidr }),
    // Instances keep their addresses, so the node keeps its range.
    ...(publicCidr !== undefined && { preferredPublicCidr: publicCidr }),
    adopt: {
      attachments: records.filter(({ carried }) => carried.phase === 'up').map(({ desired }) => attachmentOf(desired)),
      securityGroups: (await store.groups()).flatMap((group) => appliableGroup(group, others.log) ?? []),
    },
    ...(endpoint !== undefined && {
      endpoint: { name: endpoint.url.hostname, port: Number(endpoint.url.port), connect: connectTo(endpoint.gateways) },
    }),
  });
}

/** One gateway as long as it accepts connections, then the next. */
function connectTo(gateways: readonly HostAndPort[]): () => Socket {
  let current = 0;
  return () => {
    const { host, port } = gateways[current % gateways.length]!;
    return connect(port, host).once('error', () => current++);
  };
}
