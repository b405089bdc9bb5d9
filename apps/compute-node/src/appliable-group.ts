import type { DesiredSecurityGroup } from '@pilvi/contracts/compute/v1/instance';
import { securityGroupOf } from '@pilvi/instance-network';
import type { SecurityGroup } from '@pilvi/instance-network';
import type { Logger } from '@pilvi/runtime';

/** A desired group, checked. Of one that no network could apply the log is told, once, and the answer is undefined: what was applied of it stays in force. */
export function appliableGroup(group: DesiredSecurityGroup, log: Pick<Logger, 'error'>): SecurityGroup | undefined {
  try {
    return securityGroupOf(group);
  } catch (error) {
    log.error(
      { err: error, group: group.groupId },
      'a security group that cannot be applied: what was last applied of it stays in force, if anything was',
    );
    return undefined;
  }
}
