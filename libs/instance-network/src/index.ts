export { openInstanceNetwork } from './open-network.ts';
export type { NetworkComponents, NetworkOptions } from './open-network.ts';
export { NetworkError } from './errors.ts';
export type { NetworkErrorCode } from './errors.ts';
export { attachmentOf, resolvConf, securityGroupOf } from './from-contract.ts';
export type {
  AttachedNetwork,
  AttachedSubnet,
  Attachment,
  InstanceNetwork,
  RulePeer,
  SecurityGroup,
  SecurityGroupRule,
  Traffic,
} from './instance-network.ts';
export type { Endpoint } from './endpoint-relay.ts';
export { createMemoryNetwork } from './memory-network.ts';
export type { MemoryNetwork } from './memory-network.ts';
export type { Flow } from './permits.ts';
export { missingForNetwork } from './requirements.ts';
