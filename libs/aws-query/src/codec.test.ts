import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseForm } from './form.ts';
import { EC2_SHAPES } from './generated/ec2-shapes.ts';
import { STS_SHAPES } from './generated/sts-shapes.ts';
import { QueryError } from './query-error.ts';
import { readRequest } from './read-request.ts';
import { writeError, writeResponse } from './write-response.ts';

const read = (action: string, text: string, takes: readonly string[]): unknown =>
  readRequest(EC2_SHAPES, action, parseForm(`Action=${action}&Version=2016-11-15&${text}`), takes);

const refused = (action: string, text: string, takes: readonly string[] = ['ImageId', 'MinCount', 'MaxCount']): string => {
  try {
    read(action, text, takes);
  } catch (error) {
    if (error instanceof QueryError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
};

test('flat lists, structures in lists, and scalars of every kind', () => {
  const takes = ['ImageId', 'MinCount', 'MaxCount', 'SecurityGroupIds', 'TagSpecifications', 'Monitoring', 'BlockDeviceMappings.Ebs'];
  const text =
    'ImageId=ami-1&MinCount=1&MaxCount=3&SecurityGroupId.2=sg-2&SecurityGroupId.10=sg-10&SecurityGroupId.1=sg-1&Monitoring.Enabled=TRUE' +
    '&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=a%20b&TagSpecification.1.Tag.1.Value=x+y' +
    '&BlockDeviceMapping.1.Ebs.VolumeSize=9';
  assert.deepEqual(read('RunInstances', text, takes), {
    ImageId: 'ami-1',
    MinCount: 1,
    MaxCount: 3,
    SecurityGroupIds: ['sg-1', 'sg-2', 'sg-10'],
    Monitoring: { Enabled: true },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a b', Value: 'x y' }] }],
    BlockDeviceMappings: [{ Ebs: { VolumeSize: 9 } }],
  });
  assert.deepEqual(read('DescribeInstances', 'Filter.1.Name=tag:a&Filter.1.Value.1=b*', ['Filters']), {
    Filters: [{ Name: 'tag:a', Values: ['b*'] }],
  });
  assert.deepEqual(read('ImportKeyPair', 'KeyName=k&PublicKeyMaterial=aGVsbG8%3D', ['KeyName', 'PublicKeyMaterial']), {
    KeyName: 'k',
    PublicKeyMaterial: Buffer.from('hello'),
  });
});

test('what is not understood is refused, never ignored', () => {
  assert.equal(refused('RunInstances', 'MinCount=1'), 'MissingParameter: The request must contain the parameter MaxCount');
  assert.equal(refused('RunInstances', 'MinCount=1&MaxCount=1&Nonsense=1'), 'UnknownParameter: The parameter Nonsense is not recognized');
  assert.equal(
    refused('RunInstances', 'MinCount=1&MaxCount=1&KernelId=aki-1'),
    'UnsupportedOperation: The parameter KernelId is not supported by Pilvi',
  );
  assert.equal(
    refused('RunInstances', 'MinCount=1&MaxCount=1&ImageId.1=ami'),
    'UnknownParameter: The parameter ImageId.1 is not recognized',
  );
  assert.match(refused('RunInstances', 'MinCount=one&MaxCount=1'), /^InvalidParameterValue: Value \(one\) for parameter MinCount/);
  for (const index of ['0', '-1', 'x', '1001', '01'])
    assert.match(refused('RunInstances', `MinCount=1&MaxCount=1&SecurityGroupId.${index}=sg`), /^UnknownParameter/);
  assert.match(refused('RunInstances', 'MinCount=1&MinCount=2&MaxCount=1'), /^MalformedQueryString/);
  assert.match(refused('RunInstances', 'MinCount=1&MaxCount=1&ImageId=%ff'), /^MalformedQueryString/);
  assert.match(refused('RunInstances', 'MinCount=1&MaxCount=1&__proto__.x=1'), /^UnknownParameter/);
  assert.match(refused('NoSuchAction', ''), /^InvalidAction/);
});

test("answers are in each service's own form", () => {
  const result = { Regions: [{ RegionName: 'a<b' }], Nothing: undefined };
  assert.equal(
    writeResponse(EC2_SHAPES, 'DescribeRegions', result, 'R'),
    '<?xml version="1.0" encoding="UTF-8"?>\n<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>R</requestId>' +
      '<regionInfo><item><regionName>a&lt;b</regionName></item></regionInfo></DescribeRegionsResponse>',
  );
  assert.match(writeResponse(EC2_SHAPES, 'DeleteTags', undefined, 'R'), /<requestId>R<\/requestId><return>true<\/return>/);
  assert.equal(
    writeResponse(STS_SHAPES, 'GetCallerIdentity', { Account: '1' }, 'R'),
    '<?xml version="1.0" encoding="UTF-8"?>\n<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">' +
      '<GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>R</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
  );
  const error = new QueryError('InvalidParameterValue', 'no & no');
  assert.equal(
    writeError(EC2_SHAPES, error, 'R'),
    '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>InvalidParameterValue</Code><Message>no &amp; no</Message></Error></Errors><RequestID>R</RequestID></Response>',
  );
  assert.match(writeError(STS_SHAPES, error, 'R'), /<Error><Type>Sender<\/Type><Code>InvalidParameterValue<\/Code>/);
  assert.throws(() => writeResponse(EC2_SHAPES, 'DescribeRegions', { Wrong: 1 }, 'R'), /no field Wrong/);
});
