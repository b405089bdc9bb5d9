import { missingParameter, QueryError } from '@pilvi/aws-query';
import type { SecurityGroupRecord } from '@pilvi/compute-model';
import type { Ec2Call } from './ec2-action.ts';
import { SECURITY_GROUP } from './kinds.ts';
import { checkIds, notFound } from './named-resources.ts';
import { claimOwner } from './state/claims.ts';
import type { Stored } from './state/collection.ts';

/** The group that a request names by id, or by name in the default VPC. Throws InvalidGroup.NotFound, InvalidGroupId.Malformed and MissingParameter. */
export async function findSecurityGroup(
  { state }: Ec2Call,
  { GroupId, GroupName }: { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined },
): Promise<Stored<SecurityGroupRecord>> {
  if (GroupId === undefined && GroupName === undefined) throw missingParameter('groupId');
  if (GroupId !== undefined) checkIds([GroupId], SECURITY_GROUP);
  const vpc = (await state.vpcs.all()).find(({ record }) => record.isDefault)?.record.vpcId ?? '';
  const id = GroupId ?? (await claimOwner(state, 'group', `${vpc}/${GroupName ?? ''}`));
  const stored = id === undefined ? undefined : await state.securityGroups.get(id);
  if (stored !== undefined) return stored;
  if (GroupId !== undefined) throw notFound([GroupId], SECURITY_GROUP);
  throw new QueryError('InvalidGroup.NotFound', `The security group '${GroupName ?? ''}' does not exist in default VPC '${vpc}'`);
}
