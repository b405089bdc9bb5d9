import { missingParameter } from '@pilvi/aws-query';
import type { DeregisterImageRequest, DeregisterImageResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { findOwnImage } from '../find-own-image.ts';
import { releaseClaim } from '../state/claims.ts';

/** Instances that were launched from it go on. */
export const deregisterImage = ec2Action<DeregisterImageRequest, DeregisterImageResult>({
  name: 'DeregisterImage',
  takes: ['ImageId'],
  resources: ({ ImageId = '*' }) => [`image/${ImageId}`],
  async run({ ImageId }, call) {
    if (ImageId === undefined) throw missingParameter('ImageId');
    const { state } = call;
    await state.change(async () => {
      const stored = await findOwnImage(call, ImageId);
      const release = await releaseClaim(state, 'image', `self/${stored.record.name}`, ImageId);
      return { steps: [state.images.remove(stored), ...release], result: undefined };
    });
    return { Return: true };
  },
});
