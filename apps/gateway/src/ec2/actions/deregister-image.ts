import { missingParameter, QueryError } from '@pilvi/aws-query';
import type { DeregisterImageRequest, DeregisterImageResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { IMAGE } from '../kinds.ts';
import { checkIds, notFound } from '../named-resources.ts';
import { releaseClaim } from '../state/claims.ts';

/** Instances that were launched from it go on. */
export const deregisterImage = ec2Action<DeregisterImageRequest, DeregisterImageResult>({
  name: 'DeregisterImage',
  takes: ['ImageId'],
  resources: ({ ImageId = '*' }) => [`image/${ImageId}`],
  async run({ ImageId }, { state }) {
    if (ImageId === undefined) throw missingParameter('ImageId');
    checkIds([ImageId], IMAGE);
    await state.change(async () => {
      const stored = await state.images.get(ImageId);
      if (stored === undefined) throw notFound([ImageId], IMAGE);
      const { source, name } = stored.record;
      if (source.kind === 'offered') throw new QueryError('AuthFailure', `Not authorized for image:${ImageId}`);
      return { steps: [state.images.remove(stored), ...(await releaseClaim(state, 'image', `self/${name}`, ImageId))], result: undefined };
    });
    return { Return: true };
  },
});
