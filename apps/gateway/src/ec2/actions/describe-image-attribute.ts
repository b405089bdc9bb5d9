import { invalidParameter, missingParameter, QueryError } from '@pilvi/aws-query';
import type { DescribeImageAttributeRequest, ImageAttribute } from '@pilvi/aws-query/ec2';
import type { ImageRecord } from '@pilvi/compute-model';
import { ec2Action } from '../ec2-action.ts';
import { findOwnImage } from '../find-own-image.ts';

/** Of one's own images. What they do not have is answered as an empty attribute, as EC2 does. */
export const describeImageAttribute = ec2Action<DescribeImageAttributeRequest, ImageAttribute>({
  name: 'DescribeImageAttribute',
  takes: ['ImageId', 'Attribute'],
  resources: ({ ImageId = '*' }) => [`image/${ImageId}`],
  async run({ ImageId, Attribute }, call) {
    if (ImageId === undefined) throw missingParameter('ImageId');
    if (Attribute === undefined) throw missingParameter('Attribute');
    const { record } = await findOwnImage(call, ImageId);
    return { ImageId, ...attribute(record, Attribute) };
  },
});

function attribute({ description }: ImageRecord, name: string): ImageAttribute {
  switch (name) {
    case 'description':
      return { Description: description === '' ? {} : { Value: description } };
    case 'launchPermission':
      return { LaunchPermissions: [] };
    case 'productCodes':
      return { ProductCodes: [] };
    case 'blockDeviceMapping':
      return { BlockDeviceMappings: [] };
    case 'kernel':
      return { KernelId: {} };
    case 'ramdisk':
      return { RamdiskId: {} };
    case 'bootMode':
      return { BootMode: {} };
    case 'tpmSupport':
      return { TpmSupport: {} };
    case 'imdsSupport':
      return { ImdsSupport: {} };
    case 'sriovNetSupport':
      return { SriovNetSupport: {} };
    case 'deregistrationProtection':
      return { DeregistrationProtection: { Value: 'disabled' } };
    case 'uefiData':
    case 'lastLaunchedTime':
      throw new QueryError('UnsupportedOperation', `Pilvi does not keep the attribute ${name} of images.`);
    default:
      throw invalidParameter('attribute', name);
  }
}
