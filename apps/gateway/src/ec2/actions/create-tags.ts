import { missingParameter } from '@pilvi/aws-query';
import type { CreateTagsRequest } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { changeTags } from '../taggable.ts';
import { checkTagCount, readTags } from '../tags.ts';

export const createTags = ec2Action<CreateTagsRequest, undefined>({
  name: 'CreateTags',
  takes: ['Resources', 'Tags'],
  resources: ({ Resources = [] }) => Resources,
  async run({ Resources = [], Tags = [] }, { state }) {
    if (Resources.length === 0) throw missingParameter('resourceIdSet');
    if (Tags.length === 0) throw missingParameter('tagSet');
    const given = readTags(Tags);
    await changeTags(state, Resources, (tags) => {
      const next = { ...tags, ...given };
      checkTagCount(next);
      return next;
    });
    return undefined;
  },
});
