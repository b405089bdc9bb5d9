/** What the control store keeps of compute. Desired state, and of observed state the last word of the node that runs an instance. */

export type Tags = Readonly<Record<string, string>>;

export interface ZoneRecord {
  /** `us-east-1a` */
  readonly zoneName: string;
  /** `use1-az1` */
  readonly zoneId: string;
  /** Zone of the nodes behind it, as the operator named it. */
  readonly failureDomain: string;
}

export interface VpcRecord {
  readonly vpcId: string;
  readonly cidr: string;
  readonly isDefault: boolean;
  readonly mainRouteTableId: string;
  readonly mainRouteAssociationId: string;
  readonly dhcpOptionsId: string;
  readonly internetGatewayId: string;
  readonly tags: Tags;
}

export interface SubnetRecord {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly zoneName: string;
  readonly cidr: string;
  readonly tags: Tags;
}

export interface SecurityGroupRecord {
  readonly groupId: string;
  readonly groupName: string;
  readonly description: string;
  readonly vpcId: string;
  readonly rules: readonly RuleRecord[];
  readonly tags: Tags;
}

export interface RuleRecord {
  readonly ruleId: string;
  readonly egress: boolean;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or a number. */
  readonly protocol: string;
  /** -1 where ports mean nothing. */
  readonly fromPort: number;
  readonly toPort: number;
  readonly peer: RulePeer;
  readonly description: string | undefined;
  readonly tags: Tags;
}

export type RulePeer =
  | { readonly kind: 'ipv4'; readonly cidr: string }
  | { readonly kind: 'ipv6'; readonly cidr: string }
  | { readonly kind: 'group'; readonly groupId: string };

export interface KeyPairRecord {
  readonly keyPairId: string;
  readonly keyName: string;
  readonly keyType: 'rsa' | 'ed25519';
  readonly fingerprint: string;
  /** One line in OpenSSH's format. */
  readonly publicKey: string;
  readonly createdMs: number;
  readonly tags: Tags;
}

export interface ImageRecord {
  readonly imageId: string;
  readonly name: string;
  readonly description: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly source: ImageSource;
  readonly createdMs: number;
  readonly tags: Tags;
}

export type ImageSource =
  /** Made by compute nodes themselves; belongs to `amazon`. */
  | { readonly kind: 'offered'; readonly name: string }
  /** An object in our own store. */
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string; readonly etag: string; readonly sizeBytes: number };

export interface ComputeNodeRecord {
  readonly nodeId: string;
  readonly name: string;
  readonly failureDomain: string;
  readonly architecture: string;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Empty: it gives no public addresses. */
  readonly publicCidr: string;
  /** Another node has taken its name: its instances are lost. */
  readonly replaced: boolean;
}

export type PowerState = 'running' | 'stopped' | 'terminated';

export interface InstanceRecord {
  readonly instanceId: string;
  readonly reservationId: string;
  readonly accountId: string;
  readonly launchIndex: number;
  readonly clientToken: string | undefined;
  readonly nodeId: string;
  readonly zoneName: string;
  readonly zoneId: string;
  readonly instanceType: string;
  readonly image: Pick<ImageRecord, 'imageId' | 'source' | 'architecture'>;
  readonly keyName: string | undefined;
  readonly publicKey: string | undefined;
  /** Base64. */
  readonly userData: string;
  readonly rootVolume: { readonly volumeId: string; readonly sizeGib: number; readonly deleteOnTermination: boolean; readonly tags?: Tags };
  /** The primary one first. */
  readonly interfaces: readonly InterfaceRecord[];
  readonly metadata: MetadataOptionsRecord;
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly disableApiTermination: boolean;
  readonly disableApiStop: boolean;
  readonly tags: Tags;

  // Desired: what the node is told, fenced by the generation.
  readonly power: PowerState;
  readonly force: boolean;
  readonly generation: number;
  readonly starts: number;
  readonly reboots: number;
  /** Of the last start. */
  readonly launchMs: number;
  readonly createdMs: number;

  /** The node's last word; undefined before the first. */
  readonly observed: ObservedRecord | undefined;
  /** Why it is not running, as EC2 tells it. */
  readonly reason: ReasonRecord | undefined;
  /** When it was observed as terminated. */
  readonly terminatedMs: number | undefined;
}

export interface InterfaceRecord {
  readonly interfaceId: string;
  readonly attachmentId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly macAddress: string;
  readonly privateAddress: string;
  readonly publicAddress: string | undefined;
  readonly groupIds: readonly string[];
  readonly sourceDestCheck: boolean;
  /** As those of a root disk: absent in records of earlier versions. */
  readonly tags?: Tags;
}

export interface MetadataOptionsRecord {
  readonly enabled: boolean;
  readonly tokensRequired: boolean;
  readonly hopLimit: number;
  readonly tags: boolean;
}

export type ObservedState = 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';

export interface ObservedRecord {
  readonly state: ObservedState;
  readonly generation: number;
  readonly starts: number;
  readonly reboots: number;
  /** Something is wrong with it that its node can name; empty: nothing. */
  readonly impaired: string;
}

export interface ReasonRecord {
  readonly code: string;
  readonly message: string;
  /** When it came to be, milliseconds since the Unix epoch. */
  readonly atMs: number;
}
