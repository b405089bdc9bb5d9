import { invalidParameter, missingParameter } from '@pilvi/aws-query';
import type { ResetImageAttributeRequest } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { findOwnImage } from '../find-own-image.ts';

/** Takes back every permission to launch an image, of which there are none: EC2 resets nothing else. */
export const resetImageAttribute = ec2Action<ResetImageAttributeRequest, undefined>({
  name: 'ResetImageAttribute',
  takes: ['ImageId', 'Attribute'],
  resources: ({ ImageId = '*' }) => [`image/${ImageId}`],
  async run({ ImageId, Attribute }, call) {
    if (ImageId === undefined) throw missingParameter('ImageId');
    if (Attribute !== 'launchPermission') throw invalidParameter('attribute', Attribute ?? '', 'Expecting launchPermission.');
    await findOwnImage(call, ImageId);
    return undefined;
  },
});
