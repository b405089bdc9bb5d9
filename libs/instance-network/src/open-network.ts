import type { Server } from 'node:http';
import { systemClock } from '@pilvi/runtime';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import { applyRules } from './commands.ts';
import { problemOf } from './desired-network.ts';
import { relayEndpoint } from './endpoint-relay.ts';
import type { Endpoint } from './endpoint-relay.ts';
import { NetworkError } from './errors.ts';
import { openPassage } from './forward-passage.ts';
import { zoneOf } from './from-contract.ts';
import { hostRules } from './host-rules.ts';
import { createInstanceLinks } from './instance-links.ts';
import type { AttachedNetwork, Attachment, BegunAttachment, InstanceNetwork, SecurityGroup } from './instance-network.ts';
import { parseCidr } from './ipv4.ts';
import { instanceNamespace, namespacePath, networkNames } from './names.ts';
import { serveNames } from './name-service.ts';
import { missingForNetwork } from './requirements.ts';
import { openRouter, removeAll } from './router.ts';
import type { RouterWishes } from './router.ts';
import { routerRules } from './router-rules.ts';
import { openRouterSockets } from './router-sockets.ts';
import { createRuleWriter } from './rule-writer.ts';
import { connectInNamespace } from './namespace-sockets.ts';
import { standIn } from './stand-in.ts';
import { lookAround } from './surroundings.ts';

/** How often it is looked whether the host has moved, or its firewall was reloaded. */
const LOOK_AROUND_MS = 30_000;

export interface NetworkComponents {
  readonly log: Logger;
  readonly supervisor: Supervisor;
  readonly clock?: Clock;
}

export interface NetworkOptions extends RouterWishes {
  /** All names are made from it: the same node finds its own things again. */
  readonly nodeId: string;
  /**
   * What should be there, as far as this node remembers it: instances whose namespaces still exist keep their network without a gap, with these rules. Whatever
   * else an earlier process left is removed.
   */
  readonly adopt?: { readonly attachments: readonly Attachment[]; readonly securityGroups: readonly SecurityGroup[] };
  /** Undefined: our API is not reached from inside. */
  readonly endpoint?: Endpoint;
  /** For names that are not ours; by default those of the host. */
  readonly resolvers?: () => Promise<readonly string[]>;
}

/** Opens the network of a node's instances in the kernel. Throws NetworkError `unavailable` with what is missing, or `in-use`. */
export async function openInstanceNetwork(
  { log, supervisor, clock = systemClock }: NetworkComponents,
  options: NetworkOptions,
): Promise<InstanceNetwork> {
  if (options.publicCidr !== undefined) parseCidr(options.publicCidr);
  const missing = await missingForNetwork();
  if (missing.length > 0) throw new NetworkError('unavailable', missing.join('; '), { missing });

  const names = networkNames(options.nodeId);
  const uplink = await openRouter(names, options);
  const groups = new Map((options.adopt?.securityGroups ?? []).map((group) => [group.groupId, group]));
  const settings = { hostAddress: uplink.hostAddress, publicCidr: uplink.publicCidr, endpointPort: options.endpoint?.port };
  let routerScript = '';
  const rules = createRuleWriter(clock, async () => {
    const script = routerRules({ attachments: links.attachments, groups }, settings);
    if (script !== routerScript) await applyRules(script, names.router);
    routerScript = script;
  });
  const links = await createInstanceLinks({ names, adopt: options.adopt?.attachments ?? [], writeRules: () => rules.write() });
  let hostScript = '';
  async function guardHost(): Promise<void> {
    const script = hostRules({ ...uplink, table: names.hostTable, uplink: names.uplink, surroundings: await lookAround(names.uplink) });
    if (script !== hostScript) await applyRules(script);
    hostScript = script;
    await openPassage(names.uplink);
  }
  // Before anything else can move: the host is out of reach, and instances that were adopted have their rules.
  await guardHost();
  await rules.write();

  const sockets = await openRouterSockets(names.router, options.endpoint?.port);
  if (options.endpoint !== undefined && sockets.endpoint !== undefined) relayEndpoint(sockets.endpoint, options.endpoint);
  const nameService = serveNames(sockets.namesUdp, sockets.names, {
    clock,
    ownNames: () => ownNames(links.attachments, options.endpoint?.name),
    ...(options.resolvers && { resolvers: options.resolvers }),
  });
  const upkeep = clock.interval(LOOK_AROUND_MS, () => supervisor.run('look around', guardHost));
  log.info({ router: names.router, publicCidr: uplink.publicCidr, adopted: [...links.attachments.keys()] }, 'instance network open');

  function beginAttach(attachment: Attachment): BegunAttachment {
    const { promise: made, resolve, reject } = Promise.withResolvers<AttachedNetwork>();
    const attached = { namespacePath: namespacePath(instanceNamespace(names, attachment.instanceId)) };
    const inForce = links.connect(attachment, () => resolve(attached));
    inForce.catch(reject);
    // Who waits for the end alone hears of it there.
    made.catch(() => undefined);
    return { made, inForce };
  }

  function namespaceOf(instanceId: string): string {
    if (!links.attachments.has(instanceId)) throw new NetworkError('absent', `${instanceId} has no network here`);
    return instanceNamespace(names, instanceId);
  }

  async function leave(): Promise<void> {
    upkeep.cancel();
    nameService.close();
    sockets.close();
  }
  async function close(): Promise<void> {
    await leave();
    await removeAll(names);
  }

  return {
    publicCidr: uplink.publicCidr,
    async attach(attachment) {
      const { made, inForce } = beginAttach(attachment);
      await inForce;
      return made;
    },
    beginAttach,
    detach: (instanceId) => links.disconnect(instanceId),
    async putSecurityGroup(group) {
      if ((groups.get(group.groupId)?.revision ?? -1n) > group.revision) return;
      groups.set(group.groupId, group);
      await rules.write();
    },
    async removeSecurityGroup(groupId) {
      if (groups.delete(groupId)) await rules.write();
    },
    problem: (instanceId) => problemOf(links.attachments.get(instanceId), groups, uplink.publicCidr),
    serveMetadata: (server: Server) => void server.listen(sockets.metadata),
    connect: (instanceId, port, address = '127.0.0.1') => connectInNamespace(namespacePath(namespaceOf(instanceId)), port, address),
    standIn: (instanceId, port, server) => standIn(namespaceOf(instanceId), port, server),
    refresh: guardHost,
    leave,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function ownNames(
  attachments: ReadonlyMap<string, Attachment>,
  endpointName: string | undefined,
): Parameters<typeof serveNames>[2]['ownNames'] extends () => infer Names ? Names : never {
  const own = [...attachments.values()];
  return {
    vpcCidrs: [...new Set(own.map(({ subnet }) => subnet.vpcCidr))],
    zones: [...new Set(own.map(({ privateDnsName }) => zoneOf(privateDnsName)))],
    endpointName,
  };
}
