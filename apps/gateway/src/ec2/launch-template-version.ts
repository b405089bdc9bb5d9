import { invalidParameter } from '@pilvi/aws-query';
import type { RequestLaunchTemplateData } from '@pilvi/aws-query/ec2';
import type { LaunchTemplateVersionRecord } from '@pilvi/compute-model';
import type { Ec2Call } from './ec2-action.ts';

const MAX_DESCRIPTION = 255;

interface VersionDraft {
  readonly number: number;
  readonly description: string | undefined;
  readonly data: RequestLaunchTemplateData;
}

export function newVersion(
  { clock, principal }: Pick<Ec2Call, 'clock' | 'principal'>,
  launchTemplateId: string,
  { number, description, data }: VersionDraft,
): LaunchTemplateVersionRecord {
  return {
    launchTemplateId,
    version: number,
    description: description === '' ? undefined : description,
    createdMs: clock.wallMs(),
    createdBy: principal.principal,
    data: { ...data },
  };
}

export function checkVersionDescription(text = ''): void {
  if (text.length > MAX_DESCRIPTION)
    throw invalidParameter('VersionDescription', `${text.slice(0, 32)}...`, `Up to ${MAX_DESCRIPTION} characters.`);
}
