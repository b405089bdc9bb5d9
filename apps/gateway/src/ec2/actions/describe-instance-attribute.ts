import { invalidParameter, missingParameter } from '@pilvi/aws-query';
import type { DescribeInstanceAttributeRequest, InstanceAttribute } from '@pilvi/aws-query/ec2';
import type { InstanceRecord } from '@pilvi/compute-model';
import { ec2Action } from '../ec2-action.ts';
import { INSTANCE } from '../kinds.ts';
import { checkIds, notFound } from '../named-resources.ts';
import { groupNames, shownGroups, shownInstance } from '../shown-instance.ts';
import { ROOT_DEVICE_NAME } from './register-image.ts';

export const describeInstanceAttribute = ec2Action<DescribeInstanceAttributeRequest, InstanceAttribute>({
  name: 'DescribeInstanceAttribute',
  takes: ['InstanceId', 'Attribute'],
  resources: ({ InstanceId = '*' }) => [`instance/${InstanceId}`],
  async run({ InstanceId, Attribute }, call) {
    if (InstanceId === undefined) throw missingParameter('InstanceId');
    if (Attribute === undefined) throw missingParameter('Attribute');
    checkIds([InstanceId], INSTANCE);
    const stored = await call.state.instances.get(InstanceId, call.signal);
    if (stored === undefined) throw notFound([InstanceId], INSTANCE);
    const names = await groupNames(call);
    switch (Attribute) {
      case 'groupSet':
        return { InstanceId, Groups: shownGroups(stored.record.interfaces[0]?.groupIds ?? [], names) };
      case 'blockDeviceMapping':
        return { InstanceId, BlockDeviceMappings: shownInstance(stored.record, names, call.region).BlockDeviceMappings };
      default:
        return { InstanceId, ...attribute(stored.record, Attribute) };
    }
  },
});

function attribute(record: InstanceRecord, name: string): InstanceAttribute {
  switch (name) {
    case 'instanceType':
      return { InstanceType: { Value: record.instanceType } };
    case 'userData':
      return { UserData: record.userData === '' ? {} : { Value: record.userData } };
    case 'disableApiTermination':
      return { DisableApiTermination: { Value: record.disableApiTermination } };
    case 'disableApiStop':
      return { DisableApiStop: { Value: record.disableApiStop } };
    case 'instanceInitiatedShutdownBehavior':
      return { InstanceInitiatedShutdownBehavior: { Value: record.shutdownBehavior } };
    case 'rootDeviceName':
      return { RootDeviceName: { Value: ROOT_DEVICE_NAME } };
    case 'sourceDestCheck':
      return { SourceDestCheck: { Value: record.interfaces[0]?.sourceDestCheck ?? true } };
    case 'ebsOptimized':
      return { EbsOptimized: { Value: false } };
    case 'enaSupport':
      return { EnaSupport: { Value: true } };
    case 'enclaveOptions':
      return { EnclaveOptions: { Enabled: false } };
    case 'kernel':
      return { KernelId: {} };
    case 'ramdisk':
      return { RamdiskId: {} };
    case 'productCodes':
      return { ProductCodes: [] };
    default:
      throw invalidParameter('attribute', name);
  }
}
