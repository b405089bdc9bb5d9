import { missingParameter, QueryError } from '@pilvi/aws-query';
import type { CreateLaunchTemplateRequest, CreateLaunchTemplateResult } from '@pilvi/aws-query/ec2';
import { type LaunchTemplateRecord, newId } from '@pilvi/compute-model';
import { idempotency } from '../client-token.ts';
import { ec2Action } from '../ec2-action.ts';
import { checkTemplateName, findLaunchTemplate, versionKey } from '../find-launch-template.ts';
import { checkTemplateData, TEMPLATE_FIELDS } from '../launch-template-data.ts';
import { checkVersionDescription, newVersion } from '../launch-template-version.ts';
import { shownTemplate } from '../shown-launch-template.ts';
import { claimOwner, nameClaim } from '../state/claims.ts';
import { tagsOnCreate } from '../tags.ts';

/** A template with its first version, which is the default until another is made so. */
export const createLaunchTemplate = ec2Action<CreateLaunchTemplateRequest, CreateLaunchTemplateResult>({
  name: 'CreateLaunchTemplate',
  takes: ['LaunchTemplateName', 'VersionDescription', 'ClientToken', 'TagSpecifications', ...TEMPLATE_FIELDS],
  resources: () => ['launch-template/*'],
  async run(request, call) {
    const { state, random, clock, principal, signal } = call;
    const name = checkTemplateName(request.LaunchTemplateName);
    const data = request.LaunchTemplateData ?? {};
    if (Object.keys(data).length === 0) throw missingParameter('LaunchTemplateData');
    checkVersionDescription(request.VersionDescription);
    const tags = tagsOnCreate(request.TagSpecifications, ['launch-template'])['launch-template'];
    const Warning = await checkTemplateData(call, data);
    const record: LaunchTemplateRecord = {
      launchTemplateId: newId('lt', random),
      name,
      createdMs: clock.wallMs(),
      createdBy: principal.principal,
      defaultVersion: 1,
      latestVersion: 1,
      lastVersion: 1,
      tags,
    };
    const id = await state.change(async () => {
      const { made, remember } = await idempotency(call, request.ClientToken);
      if (made !== undefined) return { steps: [], result: made };
      if ((await claimOwner(state, 'launch-template', name)) !== undefined)
        throw new QueryError('InvalidLaunchTemplateName.AlreadyExistsException', `Launch template name already in use: ${name}`);
      const { launchTemplateId } = record;
      const version = newVersion(call, launchTemplateId, { number: 1, description: request.VersionDescription, data });
      const steps = [
        state.launchTemplates.create(launchTemplateId, record),
        state.launchTemplateVersions.create(versionKey(launchTemplateId, 1), version),
        nameClaim(state, 'launch-template', name, launchTemplateId),
        ...remember(launchTemplateId),
      ];
      return { steps, result: launchTemplateId };
    }, signal);
    return { LaunchTemplate: shownTemplate((await findLaunchTemplate(call, { LaunchTemplateId: id })).record), Warning };
  },
});
