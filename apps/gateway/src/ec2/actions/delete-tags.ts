import { missingParameter } from '@pilvi/aws-query';
import type { DeleteTagsRequest } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { changeTags } from '../taggable.ts';

/** Without tags all of them go; one with a value goes only if it has that value. */
export const deleteTags = ec2Action<DeleteTagsRequest, undefined>({
  name: 'DeleteTags',
  takes: ['Resources', 'Tags'],
  resources: ({ Resources = [] }) => Resources,
  async run({ Resources = [], Tags }, { state }) {
    if (Resources.length === 0) throw missingParameter('resourceIdSet');
    const goes = (key: string, value: string): boolean =>
      Tags === undefined || Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
    await changeTags(state, Resources, (tags) => Object.fromEntries(Object.entries(tags).filter(([key, value]) => !goes(key, value))));
    return undefined;
  },
});
