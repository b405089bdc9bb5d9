import { invalidParameter, missingParameter, QueryError } from '@pilvi/aws-query';
import type { RegisterImageRequest } from '@pilvi/aws-query/ec2';
import { IMAGE_NAME_RULE, type ImageRecord, isImageName, newId } from '@pilvi/compute-model';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { storeFailure } from '../../s3/error-table.ts';
import { claimOwner, nameClaim } from '../state/claims.ts';
import { tagsOnCreate } from '../tags.ts';

/**
 * An image from an object in our own store: an OCI archive or a root tarball. `ImageLocation` is `bucket/key`, as for EC2's instance-store images.
 * The object is not copied: it must stay as it is while instances are launched from the image. What is in it is seen when one is.
 */
export const registerImage = ec2Action<RegisterImageRequest, { ImageId: string }>({
  name: 'RegisterImage',
  takes: [
    'ImageLocation',
    'Name',
    'Description',
    'Architecture',
    'RootDeviceName',
    'VirtualizationType',
    'EnaSupport',
    'TagSpecifications',
  ],
  resources: () => ['image/*'],
  async run(request, call) {
    const { state, random, clock } = call;
    const { Name = '', Description = '', Architecture = 'x86_64' } = request;
    if (!isImageName(Name)) throw new QueryError('InvalidAMIName.Malformed', IMAGE_NAME_RULE);
    checkImageDescription(Description);
    if (Architecture !== 'x86_64' && Architecture !== 'arm64')
      throw invalidParameter('Architecture', Architecture, 'Expecting x86_64 or arm64.');
    if ((request.RootDeviceName ?? ROOT_DEVICE_NAME) !== ROOT_DEVICE_NAME)
      throw invalidParameter('RootDeviceName', request.RootDeviceName ?? '', `Root devices are ${ROOT_DEVICE_NAME} here.`);
    if ((request.VirtualizationType ?? 'hvm') !== 'hvm') throw invalidParameter('VirtualizationType', request.VirtualizationType ?? '');
    const tags = tagsOnCreate(request.TagSpecifications, ['image']).image;
    const source = await findObject(call, request.ImageLocation);
    const imageId = newId('ami', random);
    const record: ImageRecord = {
      imageId,
      name: Name,
      description: Description,
      architecture: Architecture,
      source,
      createdMs: clock.wallMs(),
      tags,
    };
    await state.change(async () => {
      const owner = await claimOwner(state, 'image', `self/${Name}`);
      if (owner !== undefined) throw new QueryError('InvalidAMIName.Duplicate', `AMI name ${Name} is already in use by AMI ${owner}`);
      return { steps: [state.images.create(imageId, record), nameClaim(state, 'image', `self/${Name}`, imageId)], result: undefined };
    });
    return { ImageId: imageId };
  },
});

export function checkImageDescription(text: string): string {
  if (text.length > 255) throw invalidParameter('Description', text.slice(0, 32), 'Up to 255 characters.');
  return text;
}

export const ROOT_DEVICE_NAME = '/dev/xvda';

/** Throws MissingParameter and InvalidManifest. */
async function findObject({ buckets, objects, signal }: Ec2Call, location: string | undefined): Promise<ImageRecord['source']> {
  if (location === undefined || location === '') throw missingParameter('imageLocation');
  const [, bucketName = '', key = ''] = /^(?:s3:\/\/)?([^/]+)\/(.+)$/s.exec(location) ?? [];
  const bucket = bucketName === '' ? undefined : await buckets.get(bucketName, signal);
  if (bucket === undefined)
    throw new QueryError('InvalidManifest', `HTTP 404 (Not Found) response for URL ${location}: there is no such bucket`);
  try {
    const { etag, sizeBytes } = await objects.headObject({ bucket: bucket.id, key }, signal);
    return { kind: 'object', bucket: bucketName, key, etag, sizeBytes: Number(sizeBytes) };
  } catch (error) {
    if (storeFailure(error)?.code !== 'no-such-key') throw error;
    throw new QueryError('InvalidManifest', `HTTP 404 (Not Found) response for URL ${location}: there is no such object`, { cause: error });
  }
}
