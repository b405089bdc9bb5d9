import { QueryError } from '@pilvi/aws-query';
import type { DescribeVolumesRequest, DescribeVolumesResult, Volume } from '@pilvi/aws-query/ec2';
import { type InstanceRecord, isGone } from '@pilvi/compute-model';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { pageOf } from '../paging.ts';
import { tagList } from '../tags.ts';
import { ROOT_DEVICE_NAME } from './register-image.ts';

/** The root disks of instances: each lies on the node of its instance and goes with it. No others can be made. */
export const describeVolumes = ec2Action<DescribeVolumesRequest, DescribeVolumesResult>({
  name: 'DescribeVolumes',
  takes: ['VolumeIds', 'Filters', 'MaxResults', 'NextToken'],
  async run({ VolumeIds = [], Filters, ...page }, { state, signal }) {
    const instances = (await state.instances.all(signal)).map((stored) => stored.record).filter((record) => !isGone(record));
    const all = instances.map((record) => ({ ...shown(record), record })).sort((a, b) => (a.VolumeId! < b.VolumeId! ? -1 : 1));
    const missing = VolumeIds.find((id) => !all.some((volume) => volume.VolumeId === id));
    if (missing !== undefined) throw new QueryError('InvalidVolume.NotFound', `The volume '${missing}' does not exist.`);
    const asked = VolumeIds.length === 0 ? all : all.filter((volume) => VolumeIds.includes(volume.VolumeId!));
    const found = applyFilters(
      asked,
      Filters,
      {
        'volume-id': (volume) => volume.VolumeId,
        'attachment.instance-id': (volume) => volume.Attachments?.[0]?.InstanceId,
        'attachment.device': () => ROOT_DEVICE_NAME,
        'attachment.status': () => 'attached',
        'attachment.delete-on-termination': () => true,
        'availability-zone': (volume) => volume.AvailabilityZone,
        size: (volume) => volume.Size,
        status: (volume) => volume.State,
        'volume-type': (volume) => volume.VolumeType,
        encrypted: (volume) => volume.Encrypted,
      },
      ({ record }) => record.rootVolume.tags ?? {},
    );
    const { items, NextToken } = pageOf(found, page, (volume) => volume.VolumeId!, { of: 'DescribeVolumes' });
    return { Volumes: items.map(({ record: _record, ...volume }) => volume), NextToken };
  },
});

function shown(record: InstanceRecord): Volume {
  const time = new Date(record.createdMs);
  const { volumeId: VolumeId, sizeGib } = record.rootVolume;
  return {
    VolumeId,
    Size: sizeGib,
    State: 'in-use',
    VolumeType: 'standard',
    AvailabilityZone: record.zoneName,
    AvailabilityZoneId: record.zoneId,
    CreateTime: time,
    Encrypted: false,
    MultiAttachEnabled: false,
    SnapshotId: '',
    Tags: tagList(record.rootVolume.tags ?? {}),
    Attachments: [
      { VolumeId, InstanceId: record.instanceId, Device: ROOT_DEVICE_NAME, State: 'attached', AttachTime: time, DeleteOnTermination: true },
    ],
  };
}
