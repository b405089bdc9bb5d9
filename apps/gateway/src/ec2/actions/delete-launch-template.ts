import type { DeleteLaunchTemplateRequest, DeleteLaunchTemplateResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { findLaunchTemplate, versionKey } from '../find-launch-template.ts';
import { shownTemplate } from '../shown-launch-template.ts';
import { releaseClaim } from '../state/claims.ts';

/** Of one transaction; far below what the engines take. */
const VERSIONS_AT_ONCE = 50;

/** With all of its versions. Instances that were launched from it go on. */
export const deleteLaunchTemplate = ec2Action<DeleteLaunchTemplateRequest, DeleteLaunchTemplateResult>({
  name: 'DeleteLaunchTemplate',
  takes: ['LaunchTemplateId', 'LaunchTemplateName'],
  resources: ({ LaunchTemplateId = '*' }) => [`launch-template/${LaunchTemplateId}`],
  async run(request, { signal, ...call }) {
    const { state } = call;
    const template = await state.change(async () => {
      const stored = await findLaunchTemplate({ ...call, signal }, request);
      const { launchTemplateId, name } = stored.record;
      const release = await releaseClaim(state, 'launch-template', name, launchTemplateId);
      const versions = (await state.launchTemplateVersions.under(versionKey(launchTemplateId))).slice(0, VERSIONS_AT_ONCE);
      const steps = [
        state.launchTemplates.remove(stored),
        ...release,
        ...versions.map((each) => state.launchTemplateVersions.remove(each)),
      ];
      return { steps, result: stored.record };
    }, signal);
    // Whatever else it had is seen by nobody: every reader of versions comes by their template.
    for (let left = true; left;) {
      left = await state.change(async () => {
        const versions = (await state.launchTemplateVersions.under(versionKey(template.launchTemplateId))).slice(0, VERSIONS_AT_ONCE);
        return { steps: versions.map((each) => state.launchTemplateVersions.remove(each)), result: versions.length > 0 };
      });
    }
    return { LaunchTemplate: shownTemplate(template) };
  },
});
