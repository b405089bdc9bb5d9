import { QueryError } from '@pilvi/aws-query';
import type { RequestLaunchTemplateData, RunInstancesRequest, ValidationWarning } from '@pilvi/aws-query/ec2';
import type { Ec2Call } from './ec2-action.ts';
import { findImage, findKeyPair, wantedGroups, wantedSubnet, wantedZone } from './launch-needs.ts';
import { LAUNCH_FIELDS, type LaunchRequest, readLaunchRequest } from './launch-request.ts';
import { mergeLaunch } from './merge-launch.ts';

const OF_REQUESTS_ONLY = new Set(['MinCount', 'MaxCount', 'SubnetId', 'PrivateIpAddress', 'ClientToken']);

/** What a template may hold: what a launch understands, but for what belongs to one launch alone. */
export const TEMPLATE_FIELDS = LAUNCH_FIELDS.filter((field) => !OF_REQUESTS_ONLY.has(field) && !field.startsWith('LaunchTemplate.')).map(
  (field) => `LaunchTemplateData.${field}`,
);

/** Stands for the image of a template that names none. */
const ANY_IMAGE = 'ami-00000000000000000';

/**
 * Throws what a launch would throw of a value that can never be right, as InvalidParameterValue. What the template names and is not there may still be made: it is
 * answered as a warning, as AWS does.
 */
export async function checkTemplateData(call: Ec2Call, data: RequestLaunchTemplateData): Promise<ValidationWarning | undefined> {
  if (data.ImageId?.startsWith('resolve:ssm:') === true)
    throw new QueryError('UnsupportedOperation', 'Pilvi has no parameter store to resolve an image from.');
  const request = mergeLaunch(data, { MinCount: 1, MaxCount: 1 });
  const launch = readLaunchRequest({ ...request, ImageId: request.ImageId ?? ANY_IMAGE });
  const Errors = await whatIsMissing(call, request, launch);
  return Errors.length === 0 ? undefined : { Errors };
}

async function whatIsMissing(call: Ec2Call, { ImageId }: RunInstancesRequest, launch: LaunchRequest) {
  const { state } = call;
  const checks: (() => unknown)[] = [
    () => (ImageId === undefined ? undefined : findImage(call, ImageId)),
    () => findKeyPair(call, launch.keyName),
    () => wantedGroups(call, launch),
    async () => {
      const subnets = (await state.subnets.all()).map((stored) => stored.record);
      const zones = (await state.zones.all()).map((stored) => stored.record);
      wantedZone(launch, zones, wantedSubnet(launch, subnets));
    },
  ];
  const found: { Code: string; Message: string }[] = [];
  for (const check of checks) {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      found.push({ Code: error.code, Message: error.message });
    }
  }
  return found;
}
