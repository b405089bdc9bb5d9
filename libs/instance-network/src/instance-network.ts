import type { Server } from 'node:http';
import type { Server as TcpServer, Socket } from 'node:net';

/** How one instance hangs on the network. Made by `attachmentOf`, which checks every field. */
export interface Attachment {
  /** "i-0123456789abcdef0". */
  readonly instanceId: string;
  readonly macAddress: string;
  readonly privateAddress: string;
  /** "ip-10-201-0-5.ec2.internal". */
  readonly privateDnsName: string;
  /** Undefined: none. */
  readonly publicAddress: string | undefined;
  readonly subnet: AttachedSubnet;
  readonly securityGroupIds: readonly string[];
  /** Only packets from the instance's own address are taken. Without it also such from outside of the VPC, as a NAT instance sends them. */
  readonly sourceDestCheck: boolean;
  /** How many hops an answer of the metadata service survives; 1: only the instance itself reads it. */
  readonly metadataHopLimit: number;
  /** Each direction; 0: unlimited. */
  readonly bitsPerSecond: number;
}

export interface AttachedSubnet {
  readonly cidr: string;
  readonly routerAddress: string;
  readonly dnsAddress: string;
  readonly vpcCidr: string;
}

/** One security group. Made by `securityGroupOf`. */
export interface SecurityGroup {
  /** "sg-0123456789abcdef0". */
  readonly groupId: string;
  /** An older picture than the one held is ignored. */
  readonly revision: bigint;
  /** Private addresses of all its members, on every node. */
  readonly memberAddresses: readonly string[];
  readonly rules: readonly SecurityGroupRule[];
}

export interface SecurityGroupRule {
  readonly ruleId: string;
  readonly direction: 'inbound' | 'outbound';
  readonly traffic: Traffic;
  readonly peer: RulePeer;
}

export type Traffic =
  | { readonly kind: 'all' }
  | { readonly kind: 'tcp' | 'udp'; readonly fromPort: number; readonly toPort: number }
  /** Undefined: any. */
  | { readonly kind: 'icmp'; readonly type: number | undefined; readonly code: number | undefined }
  /** Another protocol's number, all of it. */
  | { readonly kind: 'protocol'; readonly number: number };

export type RulePeer = { readonly kind: 'cidr'; readonly cidr: string } | { readonly kind: 'group'; readonly groupId: string };

/**
 * The network of one node's instances. Everything is level-triggered: each call says how something should be, and resolves when it is so
 * in the kernel; saying it again changes nothing.
 */
export interface InstanceNetwork extends AsyncDisposable {
  /** Where public addresses are taken from, "127.201.0.0/16". */
  readonly publicCidr: string;
  /** Makes the instance's network, or changes it: groups, public address, limits and the rest of a running instance apply at once. */
  attach(attachment: Attachment): Promise<AttachedNetwork>;
  /** The same in two steps, for who has something to do meanwhile: the namespace is there before what is in it. */
  beginAttach(attachment: Attachment): BegunAttachment;
  /** Takes all of it away. The instance's processes, if any, are left without network. */
  detach(instanceId: string): Promise<void>;
  /** Applies to every interface in the group. Connections that are established go on, as in EC2. */
  putSecurityGroup(group: SecurityGroup): Promise<void>;
  removeSecurityGroup(groupId: string): Promise<void>;
  /** What is wrong with the instance's network, for people; empty: nothing. */
  problem(instanceId: string): string;
  /** From now on `server` answers what instances ask 169.254.169.254, port 80. A request's remote address is the asking instance's own, and cannot be forged. */
  serveMetadata(server: Server): void;
  /**
   * A TCP connection from inside an instance, by default to itself, 127.0.0.1: whatever listens there is reached, and security groups have no say. The socket
   * connects or fails by its events. Throws NetworkError `absent`.
   */
  connect(instanceId: string, port: number, address?: string): Socket;
  /**
   * Connections that come to a port of the instance, at which nothing inside listens, go to `server`, until it is closed or the instance is detached. Security
   * groups let them pass or not, like all others. Throws NetworkError `absent`.
   */
  standIn(instanceId: string, port: number, server: TcpServer): Promise<void>;
  /** Looks where the host stands now: its networks, its way out, its firewall. Done by itself every half a minute. */
  refresh(): Promise<void>;
  /** Ends this process's part. Instances keep their network; what the process itself answers (metadata, names, the endpoint) pauses. */
  leave(): Promise<void>;
  /** Takes everything away, and gives back what was changed on the host. Disposal does the same. */
  close(): Promise<void>;
}

export interface BegunAttachment {
  /** Both reject when it cannot be made. */
  readonly made: Promise<AttachedNetwork>;
  /** Resolves when all is in force: nothing of the instance may run before. */
  readonly inForce: Promise<void>;
}

export interface AttachedNetwork {
  /** For the container to join: "/run/netns/...". Its owner is the host's user namespace, so that root in the instance has no power over it. */
  readonly namespacePath: string;
}
