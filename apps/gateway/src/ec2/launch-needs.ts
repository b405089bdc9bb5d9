import { QueryError } from '@pilvi/aws-query';
import type { ImageRecord, KeyPairRecord, SecurityGroupRecord, SubnetRecord } from '@pilvi/compute-model';
import type { Ec2Call } from './ec2-action.ts';
import { findSecurityGroup } from './find-security-group.ts';
import { IMAGE, SUBNET } from './kinds.ts';
import type { LaunchRequest } from './launch-request.ts';
import { checkIds, notFound } from './named-resources.ts';
import type { Stored } from './state/collection.ts';

/** The image to launch from. Throws InvalidAMIID.Malformed and InvalidAMIID.NotFound. */
export async function findImage({ state }: Ec2Call, imageId: string): Promise<Stored<ImageRecord>> {
  checkIds([imageId], IMAGE);
  const image = await state.images.get(imageId);
  if (image === undefined) throw notFound([imageId], IMAGE);
  return image;
}

export async function findKeyPair({ state }: Ec2Call, keyName: string | undefined): Promise<KeyPairRecord | undefined> {
  if (keyName === undefined) return undefined;
  const found = (await state.keyPairs.all()).find(({ record }) => record.keyName === keyName);
  if (found === undefined) throw new QueryError('InvalidKeyPair.NotFound', `The key pair '${keyName}' does not exist`);
  return found.record;
}

export function wantedSubnet({ subnetId }: LaunchRequest, subnets: readonly SubnetRecord[]): SubnetRecord | undefined {
  if (subnetId === undefined) return undefined;
  const found = subnets.find((subnet) => subnet.subnetId === subnetId);
  if (found === undefined) throw notFound([subnetId], SUBNET);
  return found;
}

export function wantedZone(
  { zoneName, zoneId }: LaunchRequest,
  zones: readonly { zoneName: string; zoneId: string }[],
  subnet: SubnetRecord | undefined,
): string | undefined {
  if (zoneName !== undefined && zoneId !== undefined)
    throw new QueryError('InvalidParameterCombination', 'Name an availability zone or its ID, and not both');
  const named = zoneName ?? (zoneId === undefined ? undefined : zones.find((zone) => zone.zoneId === zoneId)?.zoneName);
  if ((zoneName !== undefined || zoneId !== undefined) && !zones.some((zone) => zone.zoneName === named))
    throw new QueryError('InvalidParameterValue', `Invalid availability zone: [${zoneName ?? zoneId ?? ''}]`);
  if (subnet !== undefined && named !== undefined && subnet.zoneName !== named)
    throw new QueryError('InvalidParameterCombination', `The subnet '${subnet.subnetId}' is in ${subnet.zoneName}, not in ${named}`);
  return subnet?.zoneName ?? named;
}

export async function wantedGroups(call: Ec2Call, { groupIds, groupNames }: LaunchRequest): Promise<Stored<SecurityGroupRecord>[]> {
  const wanted = [...groupIds.map((GroupId) => ({ GroupId })), ...groupNames.map((GroupName) => ({ GroupName }))];
  if (wanted.length === 0) wanted.push({ GroupName: 'default' });
  const found = await Promise.all(wanted.map((group) => findSecurityGroup(call, group)));
  return [...new Map(found.map((stored) => [stored.key, stored])).values()];
}
