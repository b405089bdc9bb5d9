import { QueryError } from '@pilvi/aws-query';
import type { ImageRecord } from '@pilvi/compute-model';
import type { Ec2Call } from './ec2-action.ts';
import { findImage } from './launch-needs.ts';
import type { Stored } from './state/collection.ts';

/** An image that the caller registered. Throws InvalidAMIID.Malformed, InvalidAMIID.NotFound, and AuthFailure for those that nodes offer. */
export async function findOwnImage(call: Ec2Call, imageId: string): Promise<Stored<ImageRecord>> {
  const image = await findImage(call, imageId);
  if (image.record.source.kind === 'offered') throw new QueryError('AuthFailure', `Not authorized for image:${imageId}`);
  return image;
}
