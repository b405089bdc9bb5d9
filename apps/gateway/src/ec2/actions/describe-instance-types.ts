import { QueryError } from '@pilvi/aws-query';
import type { DescribeInstanceTypesRequest, DescribeInstanceTypesResult, InstanceTypeInfo } from '@pilvi/aws-query/ec2';
import { INSTANCE_TYPES, type InstanceType } from '@pilvi/compute-model';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { pageOf } from '../paging.ts';

export const describeInstanceTypes = ec2Action<DescribeInstanceTypesRequest, DescribeInstanceTypesResult>({
  name: 'DescribeInstanceTypes',
  takes: ['InstanceTypes', 'Filters', 'MaxResults', 'NextToken'],
  async run({ InstanceTypes = [], Filters, ...page }) {
    const unknown = InstanceTypes.filter((name) => !INSTANCE_TYPES.has(name));
    if (unknown.length > 0)
      throw new QueryError('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown.join(', ')}]`);
    const all = [...INSTANCE_TYPES.values()].map(typeInfo).sort((a, b) => (a.InstanceType! < b.InstanceType! ? -1 : 1));
    const wanted = InstanceTypes.length === 0 ? all : all.filter((type) => InstanceTypes.includes(type.InstanceType!));
    const found = applyFilters(wanted, Filters, {
      'instance-type': (type) => type.InstanceType,
      'current-generation': (type) => type.CurrentGeneration,
      'free-tier-eligible': (type) => type.FreeTierEligible,
      'bare-metal': (type) => type.BareMetal,
      'burstable-performance-supported': (type) => type.BurstablePerformanceSupported,
      'memory-info.size-in-mib': (type) => type.MemoryInfo?.SizeInMiB,
      'vcpu-info.default-vcpus': (type) => type.VCpuInfo?.DefaultVCpus,
      'vcpu-info.default-cores': (type) => type.VCpuInfo?.DefaultCores,
      'processor-info.supported-architecture': (type) => type.ProcessorInfo?.SupportedArchitectures ?? [],
      'supported-root-device-type': (type) => type.SupportedRootDeviceTypes ?? [],
      'supported-usage-class': (type) => type.SupportedUsageClasses ?? [],
    });
    const { items, NextToken } = pageOf(found, page, (type) => type.InstanceType!, { of: 'DescribeInstanceTypes' });
    return { InstanceTypes: items, NextToken };
  },
});

function typeInfo({ name, vcpus, memoryMib, burstable }: InstanceType): InstanceTypeInfo {
  return {
    InstanceType: name,
    CurrentGeneration: !/^(m1|t2|i3)\./.test(name),
    FreeTierEligible: false,
    SupportedUsageClasses: ['on-demand'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: false,
    ProcessorInfo: { SupportedArchitectures: ['x86_64'] },
    VCpuInfo: { DefaultVCpus: vcpus, DefaultCores: vcpus, DefaultThreadsPerCore: 1 },
    MemoryInfo: { SizeInMiB: memoryMib },
    InstanceStorageSupported: false,
    NetworkInfo: { MaximumNetworkInterfaces: 1, MaximumNetworkCards: 1, Ipv4AddressesPerInterface: 1, Ipv6Supported: false },
    HibernationSupported: false,
    BurstablePerformanceSupported: burstable,
    DedicatedHostsSupported: false,
    AutoRecoverySupported: false,
    SupportedBootModes: ['legacy-bios'],
  };
}
