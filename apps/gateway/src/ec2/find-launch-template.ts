import { invalidParameter, missingParameter, QueryError } from '@pilvi/aws-query';
import type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from '@pilvi/compute-model';
import type { Ec2Call } from './ec2-action.ts';
import { LAUNCH_TEMPLATE } from './kinds.ts';
import { checkIds, notFound } from './named-resources.ts';
import { claimOwner } from './state/claims.ts';
import type { Stored } from './state/collection.ts';

/** How a request names a template: by one of the two. */
export interface TemplateName {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}

const NAME = /^[a-zA-Z0-9().\-/_]{3,128}$/;
/** Digits of a version in its key, so that keys are in the order of versions. */
const VERSION_DIGITS = 9;

/** Throws MissingParameter, InvalidParameterCombination, InvalidLaunchTemplateId.NotFound and InvalidLaunchTemplateName.NotFoundException. */
export async function findLaunchTemplate({ state }: Ec2Call, name: TemplateName): Promise<Stored<LaunchTemplateRecord>> {
  const { LaunchTemplateId, LaunchTemplateName } = name;
  if (LaunchTemplateId === undefined && LaunchTemplateName === undefined) throw missingParameter('LaunchTemplateId or LaunchTemplateName');
  if (LaunchTemplateId !== undefined && LaunchTemplateName !== undefined)
    throw new QueryError('InvalidParameterCombination', 'Specify the ID of the launch template or its name, and not both');
  if (LaunchTemplateId !== undefined) checkIds([LaunchTemplateId], LAUNCH_TEMPLATE);
  const id = LaunchTemplateId ?? (await claimOwner(state, 'launch-template', checkTemplateName(LaunchTemplateName)));
  const stored = id === undefined ? undefined : await state.launchTemplates.get(id);
  if (stored !== undefined) return stored;
  if (LaunchTemplateId !== undefined) throw notFound([LaunchTemplateId], LAUNCH_TEMPLATE);
  throw noSuchTemplateName(LaunchTemplateName ?? '');
}

export function noSuchTemplateName(name: string): QueryError {
  return new QueryError(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${name}, does not exist.`,
  );
}

/** Throws InvalidLaunchTemplateName.MalformedException. */
export function checkTemplateName(name = ''): string {
  if (!NAME.test(name))
    throw new QueryError(
      'InvalidLaunchTemplateName.MalformedException',
      `The name '${name.slice(0, 128)}' must have 3 to 128 characters: letters, digits and ( ) . - / _`,
    );
  return name;
}

/** What a request's word for a version means: a number, `$Latest` or `$Default`. Whether there is such a version is not asked. */
export function versionNumber({ latestVersion, defaultVersion }: LaunchTemplateRecord, word: string): number {
  if (word === '$Latest') return latestVersion;
  if (word === '$Default') return defaultVersion;
  if (!/^[1-9]\d{0,8}$/.test(word)) throw invalidParameter('launchTemplateVersion', word, 'Expecting a number, $Latest or $Default.');
  return Number(word);
}

/** Throws InvalidLaunchTemplateId.VersionNotFound. */
export async function findVersion({ state }: Ec2Call, template: LaunchTemplateRecord, word: string): Promise<LaunchTemplateVersionRecord> {
  const number = versionNumber(template, word);
  const stored = await state.launchTemplateVersions.get(versionKey(template.launchTemplateId, number));
  if (stored === undefined) throw noSuchVersion(template, number);
  return stored.record;
}

export function noSuchVersion({ launchTemplateId }: LaunchTemplateRecord, version: number): QueryError {
  return new QueryError(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${version} for the launch template with ID ${launchTemplateId}.`,
  );
}

/** Under which a version lies; without a number what the keys of all of a template's versions begin with. */
export function versionKey(launchTemplateId: string, version?: number): string {
  return `${launchTemplateId}/${version === undefined ? '' : String(version).padStart(VERSION_DIGITS, '0')}`;
}
