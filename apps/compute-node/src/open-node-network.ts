import { connect } from 'node:net';
import { attachmentOf, openInstanceNetwork, securityGroupOf } from '@pilvi/instance-network';
import type { InstanceNetwork } from '@pilvi/instance-network';
import type { Logger, Supervisor } from '@pilvi/runtime';
import type { ComputeNodeConfig } from './config.ts';
import type { InstanceStore, NodeIdentity } from './instances/instance-store.ts';

/** The name under which instances reach our own API. */
const ENDPOINT_NAME = 'pilvi.internal';

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
      securityGroups: (await store.groups()).map(securityGroupOf),
    },
    ...(endpoint !== undefined && {
      endpoint: { name: ENDPOINT_NAME, port: endpoint.port, connect: () => connect(endpoint.port, endpoint.host) },
    }),
  });
}
