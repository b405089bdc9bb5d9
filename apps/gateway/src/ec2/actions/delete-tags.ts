import { invalidParameter, missingParameter } from '@pilvi/aws-query';
import type { DeleteTagsRequest } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { changeTags } from '../taggable.ts';
import { isReserved } from '../tags.ts';

/** Without tags all of them go, but for those of the service itself; one with a value goes only if it has that value. */
export const deleteTags = ec2Action<DeleteTagsRequest, undefined>({
  name: 'DeleteTags',
  takes: ['Resources', 'Tags'],
  resources: ({ Resources = [] }) => Resources,
  async run({ Resources = [], Tags }, { state }) {
    if (Resources.length === 0) throw missingParameter('resourceIdSet');
    const reserved = Tags?.find(({ Key = '' }) => isReserved(Key))?.Key;
    if (reserved !== undefined) throw invalidParameter('tag key', reserved, "Tag keys starting with 'aws:' are reserved for internal use.");
    const goes = (key: string, value: string): boolean =>
      Tags === undefined ? !isReserved(key) : Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
    await changeTags(state, Resources, (tags) => Object.fromEntries(Object.entries(tags).filter(([key, value]) => !goes(key, value))));
    return undefined;
  },
});
