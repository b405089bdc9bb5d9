import { invalidParameter, missingParameter } from '@pilvi/aws-query';
import type { DeleteLaunchTemplateVersionsRequest, DeleteLaunchTemplateVersionsResult } from '@pilvi/aws-query/ec2';
import type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from '@pilvi/compute-model';
import { ec2Action } from '../ec2-action.ts';
import { findLaunchTemplate, noSuchVersion, versionKey } from '../find-launch-template.ts';
import type { Stored } from '../state/collection.ts';

/** As AWS says; we ask for fewer at once than the control store takes in one transaction. */
const MOST = 100;

/** Each version goes or is named with the reason why it stays: the default one does. */
export const deleteLaunchTemplateVersions = ec2Action<DeleteLaunchTemplateVersionsRequest, DeleteLaunchTemplateVersionsResult>({
  name: 'DeleteLaunchTemplateVersions',
  takes: ['LaunchTemplateId', 'LaunchTemplateName', 'Versions'],
  resources: ({ LaunchTemplateId = '*' }) => [`launch-template/${LaunchTemplateId}`],
  async run({ Versions: words = [], ...name }, call) {
    const { state, signal } = call;
    const numbers = [...new Set(words.map(readNumber))];
    if (numbers.length === 0) throw missingParameter('LaunchTemplateVersion');
    if (numbers.length > MOST) throw invalidParameter('LaunchTemplateVersion', String(numbers.length), `Up to ${MOST} versions at once.`);
    return state.change(async () => {
      const stored = await findLaunchTemplate(call, name);
      const template = stored.record;
      const all = await state.launchTemplateVersions.under(versionKey(template.launchTemplateId));
      const going = all.filter(({ record: { version } }) => numbers.includes(version) && version !== template.defaultVersion);
      const latestVersion = all.findLast((each) => !going.includes(each))?.record.version ?? template.defaultVersion;
      const steps = going.map((each) => state.launchTemplateVersions.remove(each));
      // Its record changes with its versions, so that none of them is made the default meanwhile.
      if (steps.length > 0) steps.push(state.launchTemplates.replace(stored, { ...template, latestVersion }));
      return { steps, result: outcome(template, numbers, going) };
    }, signal);
  },
});

function outcome(
  template: LaunchTemplateRecord,
  numbers: readonly number[],
  going: readonly Stored<LaunchTemplateVersionRecord>[],
): DeleteLaunchTemplateVersionsResult {
  const gone = new Set(going.map(({ record }) => record.version));
  const item = (VersionNumber: number) => ({
    LaunchTemplateId: template.launchTemplateId,
    LaunchTemplateName: template.name,
    VersionNumber,
  });
  return {
    SuccessfullyDeletedLaunchTemplateVersions: numbers.filter((number) => gone.has(number)).map(item),
    UnsuccessfullyDeletedLaunchTemplateVersions: numbers
      .filter((number) => !gone.has(number))
      .map((number) => ({ ...item(number), ResponseError: whyNot(template, number) })),
  };
}

function whyNot(template: LaunchTemplateRecord, number: number): { Code: string; Message: string } {
  return number === template.defaultVersion
    ? { Code: 'unexpectedError', Message: `Cannot delete the default version ${number}: make another one the default first.` }
    : { Code: 'launchTemplateVersionDoesNotExist', Message: noSuchVersion(template, number).message };
}

function readNumber(word: string): number {
  if (!/^[1-9]\d{0,8}$/.test(word)) throw invalidParameter('LaunchTemplateVersion', word, 'Expecting the number of a version.');
  return Number(word);
}
