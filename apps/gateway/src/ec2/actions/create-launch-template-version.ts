import { missingParameter } from '@pilvi/aws-query';
import type { CreateLaunchTemplateVersionRequest, CreateLaunchTemplateVersionResult } from '@pilvi/aws-query/ec2';
import { idempotency } from '../client-token.ts';
import { ec2Action } from '../ec2-action.ts';
import { findLaunchTemplate, findVersion, versionKey } from '../find-launch-template.ts';
import { checkTemplateData, TEMPLATE_FIELDS } from '../launch-template-data.ts';
import { checkVersionDescription, newVersion } from '../launch-template-version.ts';
import { shownVersion } from '../shown-launch-template.ts';

/** The next version: what is given, in place of the same parameters of the source version if one is named. An image's alias is not known, so there is none to resolve. */
export const createLaunchTemplateVersion = ec2Action<CreateLaunchTemplateVersionRequest, CreateLaunchTemplateVersionResult>({
  name: 'CreateLaunchTemplateVersion',
  takes: [
    'LaunchTemplateId',
    'LaunchTemplateName',
    'SourceVersion',
    'VersionDescription',
    'ResolveAlias',
    'ClientToken',
    ...TEMPLATE_FIELDS,
  ],
  resources: ({ LaunchTemplateId = '*' }) => [`launch-template/${LaunchTemplateId}`],
  async run(request, call) {
    const { state, signal } = call;
    const given = request.LaunchTemplateData ?? {};
    const { SourceVersion, VersionDescription } = request;
    if (Object.keys(given).length === 0 && SourceVersion === undefined) throw missingParameter('LaunchTemplateData');
    checkVersionDescription(VersionDescription);
    const made = await state.change(async () => {
      const earlier = await idempotency(call, request.ClientToken);
      if (earlier.made !== undefined)
        return { steps: [], result: { number: earlier.made.slice(earlier.made.indexOf('/') + 1), Warning: undefined } };
      const stored = await findLaunchTemplate(call, request);
      const template = stored.record;
      const source = SourceVersion === undefined ? {} : (await findVersion(call, template, SourceVersion)).data;
      const data = { ...source, ...given };
      const Warning = await checkTemplateData(call, data);
      const number = template.lastVersion + 1;
      const version = newVersion(call, template.launchTemplateId, { number, description: VersionDescription, data });
      const steps = [
        state.launchTemplates.replace(stored, { ...template, latestVersion: number, lastVersion: number }),
        state.launchTemplateVersions.create(versionKey(template.launchTemplateId, number), version),
        ...earlier.remember(`${template.launchTemplateId}/${number}`),
      ];
      return { steps, result: { number: String(number), Warning } };
    }, signal);
    const template = (await findLaunchTemplate(call, request)).record;
    return { LaunchTemplateVersion: shownVersion(template, await findVersion(call, template, made.number)), Warning: made.Warning };
  },
});
