import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeAccountAttributesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { startEc2Cloud } from './testing/ec2-cloud.ts';

test('a new cluster has one region, a zone for each failure domain, and a default VPC with a subnet in each', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const { Regions } = await ec2.send(new DescribeRegionsCommand({}));
  assert.deepEqual(
    Regions?.map((region) => region.RegionName),
    ['us-east-1'],
  );
  const { AvailabilityZones } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
  assert.deepEqual(
    AvailabilityZones?.map((zone) => [zone.ZoneName, zone.ZoneId, zone.State]),
    [
      ['us-east-1a', 'use1-az1', 'available'],
      ['us-east-1b', 'use1-az2', 'available'],
      ['us-east-1c', 'use1-az3', 'available'],
    ],
  );
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }));
  assert.equal(Vpcs?.length, 1);
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [Vpcs[0]!.VpcId!] }] }));
  assert.deepEqual(Subnets?.map((subnet) => `${subnet.AvailabilityZone} ${subnet.CidrBlock}`).sort(), [
    'us-east-1a 10.201.0.0/20',
    'us-east-1b 10.201.16.0/20',
    'us-east-1c 10.201.32.0/20',
  ]);
  const { AccountAttributes } = await ec2.send(new DescribeAccountAttributesCommand({ AttributeNames: ['default-vpc'] }));
  assert.equal(AccountAttributes?.[0]?.AttributeValues?.[0]?.AttributeValue, Vpcs[0]!.VpcId);
});

test('one failure domain still gives two zones, and the next one that appears takes the second', async () => {
  await using cloud = await startEc2Cloud({ storageZones: ['only'] });
  const names = async (): Promise<unknown> =>
    (await cloud.ec2.send(new DescribeAvailabilityZonesCommand({}))).AvailabilityZones?.map((zone) => zone.ZoneName);
  assert.deepEqual(await names(), ['us-east-1a', 'us-east-1b']);
  await cloud.addNode({ zone: 'another' });
  assert.deepEqual(await names(), ['us-east-1a', 'us-east-1b']);
  const zones = (await cloud.state.zones.all()).map(({ record }) => record.failureDomain);
  assert.deepEqual(zones, ['only', 'another']);
});

test('instance types are paged, filtered and refused by name', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const small = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['t3.nano', 't3.micro'] }));
  assert.deepEqual(
    small.InstanceTypes?.map((type) => [type.InstanceType, type.VCpuInfo?.DefaultVCpus, type.MemoryInfo?.SizeInMiB]),
    [
      ['t3.micro', 2, 1024],
      ['t3.nano', 2, 512],
    ],
  );
  const names: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeInstanceTypesCommand({ MaxResults: 5, NextToken, Filters: [{ Name: 'instance-type', Values: ['t?.*'] }] }),
    );
    names.push(...(page.InstanceTypes ?? []).map((type) => type.InstanceType));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  assert.equal(names.length, 9);
  assert.ok(names.every((name) => /^t[23]\./.test(name ?? '')));
  await assert.rejects(ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['t9.huge' as 't3.nano'] })), {
    name: 'InvalidInstanceType',
  });
});
