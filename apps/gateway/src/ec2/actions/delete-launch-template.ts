import type { DeleteLaunchTemplateRequest, DeleteLaunchTemplateResult } from '@pilvi/aws-query/ec2';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { findLaunchTemplate, versionKey } from '../find-launch-template.ts';
import { shownTemplate } from '../shown-launch-template.ts';
import { releaseClaim } from '../state/claims.ts';
import type { Step } from '../state/collection.ts';

/** Of one transaction; far below what the engines take. */
const MOST_AT_ONCE = 50;

/** With all of its versions. Instances that were launched from it go on. */
export const deleteLaunchTemplate = ec2Action<DeleteLaunchTemplateRequest, DeleteLaunchTemplateResult>({
  name: 'DeleteLaunchTemplate',
  takes: ['LaunchTemplateId', 'LaunchTemplateName'],
  resources: ({ LaunchTemplateId = '*' }) => [`launch-template/${LaunchTemplateId}`],
  async run(request, call) {
    const { state } = call;
    const template = await state.change(async () => {
      const stored = await findLaunchTemplate(call, request);
      const { launchTemplateId, name } = stored.record;
      const release = await releaseClaim(state, 'launch-template', name, launchTemplateId);
      const steps = [state.launchTemplates.remove(stored), ...release, ...(await someOf(call, launchTemplateId))];
      return { steps, result: stored.record };
    });
    // Whatever else it had is seen by nobody: every reader of versions comes by their template.
    for (let left = true; left;) {
      left = await state.change(async () => {
        const steps = await someOf(call, template.launchTemplateId);
        return { steps, result: steps.length > 0 };
      });
    }
    return { LaunchTemplate: shownTemplate(template) };
  },
});

/** Removes some of a template's versions, and of what was answered to client tokens about it. */
async function someOf({ state }: Ec2Call, id: string): Promise<Step[]> {
  const versions = await state.launchTemplateVersions.under(versionKey(id));
  const tokens = (await state.clientTokens.all()).filter(
    ({ record }) => record.resourceId === id || record.resourceId.startsWith(`${id}/`),
  );
  const steps = [
    ...versions.map((stored) => state.launchTemplateVersions.remove(stored)),
    ...tokens.map((stored) => state.clientTokens.remove(stored)),
  ];
  return steps.slice(0, MOST_AT_ONCE);
}
