import type { DescribeImagesRequest, DescribeImagesResult, Image } from '@pilvi/aws-query/ec2';
import type { ImageRecord } from '@pilvi/compute-model';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { IMAGE } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { pageOf } from '../paging.ts';
import { tagList } from '../tags.ts';
import { ROOT_DEVICE_NAME } from './register-image.ts';

/** Images that nodes make by themselves belong to it. */
const AMAZON = { alias: 'amazon', id: '137112412989' };

export const describeImages = ec2Action<DescribeImagesRequest, DescribeImagesResult>({
  name: 'DescribeImages',
  takes: ['ImageIds', 'Owners', 'Filters', 'IncludeDeprecated', 'IncludeDisabled', 'MaxResults', 'NextToken'],
  resources: ({ ImageIds = [] }) => (ImageIds.length === 0 ? ['*'] : ImageIds.map((id) => `image/${id}`)),
  async run({ ImageIds, Owners = [], Filters, ...page }, call) {
    const all = (await call.state.images.all(call.signal)).map((stored) => stored.record);
    const images = named(all, ImageIds, IMAGE).map((record) => ({ ...shown(record, call), record }));
    const owned = images.filter(
      ({ OwnerId, ImageOwnerAlias }) => Owners.length === 0 || Owners.some((owner) => isOwner(owner, OwnerId, ImageOwnerAlias, call)),
    );
    const found = applyFilters(
      owned,
      Filters,
      {
        'image-id': (image) => image.ImageId,
        name: (image) => image.Name,
        description: (image) => image.Description,
        architecture: (image) => image.Architecture,
        'owner-id': (image) => image.OwnerId,
        'owner-alias': (image) => image.ImageOwnerAlias,
        state: (image) => image.State,
        'image-type': (image) => image.ImageType,
        'is-public': (image) => image.Public,
        'root-device-type': (image) => image.RootDeviceType,
        'root-device-name': (image) => image.RootDeviceName,
        'virtualization-type': (image) => image.VirtualizationType,
        hypervisor: (image) => image.Hypervisor,
        'ena-support': (image) => image.EnaSupport,
        'creation-date': (image) => image.CreationDate,
        'manifest-location': (image) => image.ImageLocation,
      },
      (image) => image.record.tags,
    );
    const { items, NextToken } = pageOf(found, page, (image) => image.record.imageId, { of: 'DescribeImages', least: 1 });
    return { Images: items.map(({ record: _record, ...image }) => image), NextToken };
  },
});

function isOwner(owner: string, id: string | undefined, alias: string | undefined, { principal }: Ec2Call): boolean {
  return owner === id || owner === alias || (owner === 'self' && id === principal.accountId);
}

function shown(image: ImageRecord, { principal }: Ec2Call): Image {
  const isOffered = image.source.kind === 'offered';
  const owner = isOffered ? AMAZON.id : principal.accountId;
  return {
    ImageId: image.imageId,
    Name: image.name,
    Description: image.description === '' ? undefined : image.description,
    Architecture: image.architecture,
    ImageLocation: image.source.kind === 'offered' ? `${AMAZON.alias}/${image.name}` : `${image.source.bucket}/${image.source.key}`,
    ImageOwnerAlias: isOffered ? AMAZON.alias : undefined,
    OwnerId: owner,
    Public: isOffered,
    State: 'available',
    ImageType: 'machine',
    CreationDate: new Date(image.createdMs).toISOString(),
    RootDeviceType: 'ebs',
    RootDeviceName: ROOT_DEVICE_NAME,
    BlockDeviceMappings: [],
    VirtualizationType: 'hvm',
    Hypervisor: 'xen',
    EnaSupport: true,
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    Tags: tagList(image.tags),
  };
}
