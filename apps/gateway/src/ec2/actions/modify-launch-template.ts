import { missingParameter } from '@pilvi/aws-query';
import type { ModifyLaunchTemplateRequest, ModifyLaunchTemplateResult } from '@pilvi/aws-query/ec2';
import { idempotency } from '../client-token.ts';
import { ec2Action } from '../ec2-action.ts';
import { findLaunchTemplate, findVersion } from '../find-launch-template.ts';
import { shownTemplate } from '../shown-launch-template.ts';

/** Makes another version the default one: nothing else of a template can be changed. */
export const modifyLaunchTemplate = ec2Action<ModifyLaunchTemplateRequest, ModifyLaunchTemplateResult>({
  name: 'ModifyLaunchTemplate',
  takes: ['LaunchTemplateId', 'LaunchTemplateName', 'DefaultVersion', 'ClientToken'],
  resources: ({ LaunchTemplateId = '*' }) => [`launch-template/${LaunchTemplateId}`],
  async run(request, call) {
    const { state, signal } = call;
    const { DefaultVersion, ClientToken } = request;
    if (DefaultVersion === undefined) throw missingParameter('SetDefaultVersion');
    const template = await state.change(async () => {
      const { made, remember } = await idempotency(call, ClientToken);
      const stored = await findLaunchTemplate(call, request);
      if (made !== undefined) return { steps: [], result: stored.record };
      // A version is deleted together with a change of its template's record: that there is one holds until the commit.
      const { version } = await findVersion(call, stored.record, DefaultVersion);
      const next = { ...stored.record, defaultVersion: version };
      return { steps: [state.launchTemplates.replace(stored, next), ...remember(next.launchTemplateId)], result: next };
    }, signal);
    return { LaunchTemplate: shownTemplate(template) };
  },
});
