import type { DescribeTagsRequest, DescribeTagsResult } from '@pilvi/aws-query/ec2';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { pageOf } from '../paging.ts';
import { TAGGABLE } from '../taggable.ts';

export const describeTags = ec2Action<DescribeTagsRequest, DescribeTagsResult>({
  name: 'DescribeTags',
  takes: ['Filters', 'MaxResults', 'NextToken'],
  async run({ Filters, ...page }, call) {
    const all = await allTags(call);
    const found = applyFilters(all, Filters, {
      key: (tag) => tag.Key,
      value: (tag) => tag.Value,
      'resource-id': (tag) => tag.ResourceId,
      'resource-type': (tag) => tag.ResourceType,
    });
    const { items, NextToken } = pageOf(found, page, keyOf, { of: 'DescribeTags' });
    return { Tags: items, NextToken };
  },
});

interface FoundTag {
  readonly Key: string;
  readonly Value: string;
  readonly ResourceId: string;
  readonly ResourceType: string;
}

async function allTags(call: Ec2Call): Promise<FoundTag[]> {
  const found: FoundTag[] = [];
  for (const { type: ResourceType, all } of Object.values(TAGGABLE))
    for (const [ResourceId, tags] of await all(call.state, call.signal))
      for (const [Key, Value] of Object.entries(tags)) found.push({ Key, Value, ResourceId, ResourceType });
  return found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ ResourceId, Key }: FoundTag): string {
  return `${ResourceId} ${Key}`;
}
