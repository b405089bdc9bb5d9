import { missingParameter } from '@pilvi/aws-query';
import type { GetLaunchTemplateDataRequest, GetLaunchTemplateDataResult, ResponseLaunchTemplateData } from '@pilvi/aws-query/ec2';
import type { InstanceRecord } from '@pilvi/compute-model';
import { ec2Action } from '../ec2-action.ts';
import { INSTANCE } from '../kinds.ts';
import { shownMetadataOptions } from '../metadata-options.ts';
import { checkIds, notFound } from '../named-resources.ts';
import { isReserved, tagList } from '../tags.ts';
import { ROOT_DEVICE_NAME } from './register-image.ts';

/** What a template would hold that launches such an instance. Its address is left out: only one can have it. */
export const getLaunchTemplateData = ec2Action<GetLaunchTemplateDataRequest, GetLaunchTemplateDataResult>({
  name: 'GetLaunchTemplateData',
  takes: ['InstanceId'],
  resources: ({ InstanceId = '*' }) => [`instance/${InstanceId}`],
  async run({ InstanceId }, { state, signal }) {
    if (InstanceId === undefined) throw missingParameter('InstanceId');
    checkIds([InstanceId], INSTANCE);
    const stored = await state.instances.get(InstanceId, signal);
    if (stored === undefined) throw notFound([InstanceId], INSTANCE);
    return { LaunchTemplateData: dataOf(stored.record) };
  },
});

function dataOf(record: InstanceRecord): ResponseLaunchTemplateData {
  const { State: _state, HttpProtocolIpv6: _none, ...MetadataOptions } = shownMetadataOptions(record);
  const Tags = tagList(Object.fromEntries(Object.entries(record.tags).filter(([key]) => !isReserved(key))));
  return {
    ImageId: record.image.imageId,
    InstanceType: record.instanceType,
    KeyName: record.keyName,
    UserData: record.userData === '' ? undefined : record.userData,
    Placement: { AvailabilityZone: record.zoneName, Tenancy: 'default' },
    Monitoring: { Enabled: false },
    EbsOptimized: false,
    DisableApiTermination: record.disableApiTermination,
    DisableApiStop: record.disableApiStop,
    InstanceInitiatedShutdownBehavior: record.shutdownBehavior,
    MetadataOptions,
    BlockDeviceMappings: [{ DeviceName: ROOT_DEVICE_NAME, Ebs: { VolumeSize: record.rootVolume.sizeGib, DeleteOnTermination: true } }],
    NetworkInterfaces: record.interfaces.map((each, DeviceIndex) => ({
      DeviceIndex,
      SubnetId: each.subnetId,
      Groups: [...each.groupIds],
      AssociatePublicIpAddress: each.publicAddress !== undefined,
      DeleteOnTermination: true,
    })),
    TagSpecifications: Tags === undefined ? undefined : [{ ResourceType: 'instance', Tags }],
  };
}
