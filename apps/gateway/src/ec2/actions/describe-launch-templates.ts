import type { DescribeLaunchTemplatesRequest, DescribeLaunchTemplatesResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { checkTemplateName, noSuchTemplateName } from '../find-launch-template.ts';
import { LAUNCH_TEMPLATE } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { pageOf } from '../paging.ts';
import { shownTemplate } from '../shown-launch-template.ts';

export const describeLaunchTemplates = ec2Action<DescribeLaunchTemplatesRequest, DescribeLaunchTemplatesResult>({
  name: 'DescribeLaunchTemplates',
  takes: ['LaunchTemplateIds', 'LaunchTemplateNames', 'Filters', 'MaxResults', 'NextToken'],
  async run({ LaunchTemplateIds = [], LaunchTemplateNames = [], Filters, ...page }, { state, signal }) {
    const all = (await state.launchTemplates.all(signal)).map((stored) => stored.record);
    const byName = LaunchTemplateNames.map((name) => {
      const known = all.find((record) => record.name === checkTemplateName(name));
      if (known === undefined) throw noSuchTemplateName(name);
      return known.launchTemplateId;
    });
    const found = applyFilters(
      named(all, [...LaunchTemplateIds, ...byName], LAUNCH_TEMPLATE),
      Filters,
      {
        'launch-template-name': (template) => template.name,
        'create-time': (template) => new Date(template.createdMs).toISOString(),
      },
      (template) => template.tags,
    );
    const { items, NextToken } = pageOf(found, page, LAUNCH_TEMPLATE.idOf, { of: 'DescribeLaunchTemplates', least: 1, most: 200 });
    return { LaunchTemplates: items.map(shownTemplate), NextToken };
  },
});
