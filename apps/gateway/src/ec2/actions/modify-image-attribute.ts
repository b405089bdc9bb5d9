import { invalidParameter, missingParameter, QueryError } from '@pilvi/aws-query';
import type { ModifyImageAttributeRequest } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { findOwnImage } from '../find-own-image.ts';
import { checkImageDescription } from './register-image.ts';

/** An image's description: there is one account, so nobody else could be given permission to launch it. */
export const modifyImageAttribute = ec2Action<ModifyImageAttributeRequest, undefined>({
  name: 'ModifyImageAttribute',
  takes: ['ImageId', 'Description', 'Attribute', 'Value'],
  resources: ({ ImageId = '*' }) => [`image/${ImageId}`],
  async run({ ImageId, Description, Attribute, Value }, call) {
    if (ImageId === undefined) throw missingParameter('ImageId');
    const description = checkImageDescription(Description === undefined ? byName(Attribute, Value) : (Description.Value ?? ''));
    const { state } = call;
    await state.change(async () => {
      const stored = await findOwnImage(call, ImageId);
      return { steps: [state.images.replace(stored, { ...stored.record, description })], result: undefined };
    });
    return undefined;
  },
});

/** The old form: an attribute's name, and its value. */
function byName(attribute: string | undefined, value: string | undefined): string {
  if (attribute === undefined) throw missingParameter('Attribute');
  if (attribute === 'launchPermission' || attribute === 'productCodes' || attribute === 'imdsSupport')
    throw new QueryError('UnsupportedOperation', `Pilvi does not change the attribute ${attribute} of images.`);
  if (attribute !== 'description') throw invalidParameter('attribute', attribute);
  if (value === undefined) throw missingParameter('Value');
  return value;
}
