import type { Attachment } from './instance-network.ts';
import { ROUTER_UPLINK, instanceLink } from './names.ts';
import { ENDPOINT_ADDRESS, METADATA_ADDRESS, NAMES_ADDRESS, ROUTER_MAC } from './well-known.ts';

/** The instance's end of its link. */
const INSTANCE_INTERFACE = 'eth0';

/** In the host: a namespace for the router, and a link to it. */
export function createRouter(router: string, uplink: string): string[] {
  return [`netns add ${router}`, `link add ${uplink} type veth peer name ${ROUTER_UPLINK} netns ${router}`];
}

/** In the router: a shell script. Packets are routed, never bridged, and there is no IPv6. */
export function configureRouter(ends: { readonly hostAddress: string; readonly routerAddress: string }): string[] {
  return [
    ...sysctl('net/ipv6/conf/all/disable_ipv6', '1'),
    ...sysctl('net/ipv6/conf/default/disable_ipv6', '1'),
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    // Sent to whoever asks for what goes back the way it came: there is only one way.
    'echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects',
    'echo 0 > /proc/sys/net/ipv4/conf/default/send_redirects',
    'echo 0 > /proc/sys/net/ipv4/conf/all/accept_redirects',
    'ip -batch - <<END',
    'link set lo up',
    ...[METADATA_ADDRESS, NAMES_ADDRESS, ENDPOINT_ADDRESS].map((address) => `addr replace ${address}/32 dev lo`),
    `link set ${ROUTER_UPLINK} up`,
    `addr replace ${ends.routerAddress}/30 dev ${ROUTER_UPLINK}`,
    `route replace default via ${ends.hostAddress} dev ${ROUTER_UPLINK}`,
    'END',
  ];
}

/** In the host: the instance's namespace, with one link from it straight to the router. */
export function createInstance(attachment: Attachment, where: { router: string; namespace: string; mtuBytes: number }): string[] {
  const link = instanceLink(attachment.instanceId);
  return [
    `netns add ${where.namespace}`,
    `link add ${link} netns ${where.router} address ${ROUTER_MAC} mtu ${where.mtuBytes} type veth` +
      ` peer name ${INSTANCE_INTERFACE} netns ${where.namespace} address ${attachment.macAddress} mtu ${where.mtuBytes}`,
  ];
}

/**
 * In the instance's namespace: a shell script. Everything goes to the router, even what is for the same subnet, as in a VPC. The router's MAC is known from
 * the start: nobody is asked for it. Low ports and ping need no privilege, because root inside has none here.
 */
export function configureInstance({ privateAddress, subnet }: Attachment): string[] {
  const prefix = subnet.cidr.split('/')[1]!;
  return [
    ...sysctl('net/ipv6/conf/all/disable_ipv6', '1'),
    ...sysctl('net/ipv6/conf/default/disable_ipv6', '1'),
    'echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start',
    'echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range',
    'ip -batch - <<END',
    'link set lo up',
    `link set ${INSTANCE_INTERFACE} up`,
    `addr replace ${privateAddress}/${prefix} dev ${INSTANCE_INTERFACE} noprefixroute`,
    `neigh replace ${subnet.routerAddress} lladdr ${ROUTER_MAC} dev ${INSTANCE_INTERFACE} nud permanent`,
    `route replace ${subnet.routerAddress} dev ${INSTANCE_INTERFACE} scope link src ${privateAddress}`,
    `route replace default via ${subnet.routerAddress} dev ${INSTANCE_INTERFACE} src ${privateAddress}`,
    'END',
  ];
}

/** In the router: a shell script. The instance's address leads to its link; what else is in the VPC is nowhere. */
export function connectInstance({ instanceId, privateAddress, macAddress, subnet }: Attachment): string[] {
  const link = instanceLink(instanceId);
  return [
    'ip -batch - <<END',
    `addr replace ${subnet.routerAddress}/32 dev lo`,
    `addr replace ${subnet.dnsAddress}/32 dev lo`,
    `route replace blackhole ${subnet.vpcCidr}`,
    `link set ${link} up`,
    `neigh replace ${privateAddress} lladdr ${macAddress} dev ${link} nud permanent`,
    `route replace ${privateAddress}/32 dev ${link} src ${subnet.routerAddress}`,
    'END',
  ];
}

/**
 * Limits what an instance sends and what it is sent, each at the end of the link where it leaves: parts of shell scripts. Bursts of 20 ms
 * pass, so that a queue is not always short of what it may send.
 */
export function limitSpeed({ instanceId, bitsPerSecond }: Attachment): { readonly inInstance: string[]; readonly inRouter: string[] } {
  const burstBytes = Math.max(64 * 1024, Math.ceil(bitsPerSecond / 8 / 50));
  const limit = bitsPerSecond === 0 ? 'pfifo' : `tbf rate ${bitsPerSecond}bit burst ${burstBytes} latency 50ms`;
  const limited = (link: string): string[] => [`tc qdisc replace dev ${link} root ${limit}`];
  return { inInstance: limited(INSTANCE_INTERFACE), inRouter: limited(instanceLink(instanceId)) };
}

/** A kernel without IPv6 has no such file, and no IPv6. */
function sysctl(name: string, value: string): string[] {
  return [`[ ! -e /proc/sys/${name} ] || echo ${value} > /proc/sys/${name}`];
}
