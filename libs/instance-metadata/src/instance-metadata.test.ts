import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';
import { attachmentOf, createMemoryNetwork, missingForNetwork, openInstanceNetwork } from '@pilvi/instance-network';
import type { InstanceNetwork } from '@pilvi/instance-network';
import { createManualClock, createSupervisor, silentLogger } from '@pilvi/runtime';
import { createInstanceMetadata } from './instance-metadata.ts';
import { sampleInstance } from './testing/sample-instance.ts';

const run = promisify(execFile);
const missing = await missingForNetwork();
const NO_NETWORK = missing.length === 0 ? false : missing.join('; ');
const NO_BOTOCORE = await run('python3', ['-c', 'import botocore']).then(
  () => false as const,
  () => 'python3 has no botocore',
);

const optional = sampleInstance({ metadata: { enabled: true, tokensRequired: false, hopLimit: 1, tags: false } });

test('an instance that asks too often is told to come later', async () => {
  const network = createMemoryNetwork();
  await network.attach(attachmentOf(optional));
  const clock = createManualClock();
  const server = createInstanceMetadata({ find: () => optional, clock });
  network.serveMetadata(server);
  const ask = async (requests: number): Promise<string[]> => {
    const connection = network.connectMetadata(optional.instanceId)!;
    connection.write('GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n'.repeat(requests - 1));
    connection.write('GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n');
    return (await text(connection)).match(/HTTP\/1\.1 \d+/g) ?? [];
  };
  const count = (answers: string[], status: number): number => answers.filter((line) => line.endsWith(String(status))).length;
  const first = await ask(300);
  assert.deepEqual([count(first, 200), count(first, 503)], [200, 100]);
  await clock.advance(1000);
  const second = await ask(150);
  assert.deepEqual([count(second, 200), count(second, 503)], [100, 50]);
});

test('an address that is nobody’s is told nothing', async () => {
  const network = createMemoryNetwork();
  await network.attach(attachmentOf(optional));
  network.serveMetadata(createInstanceMetadata({ find: () => undefined }));
  const connection = network.connectMetadata(optional.instanceId)!;
  connection.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.match(await text(connection), /^HTTP\/1\.1 503 /);
});

describe('from inside an instance', { skip: NO_NETWORK }, () => {
  const neighbour = sampleInstance({
    instanceId: 'i-00000000000000006',
    interfaces: [{ ...sampleInstance().interfaces[0]!, macAddress: '02:00:00:00:00:06', privateAddress: '10.201.0.6', publicAddress: '' }],
  });
  const instances = new Map<string, DesiredInstance>([
    ['10.201.0.5', sampleInstance({ interfaces: [{ ...sampleInstance().interfaces[0]!, publicAddress: '' }] })],
    ['10.201.0.6', neighbour],
  ]);
  const server = createInstanceMetadata({ find: (address) => instances.get(address), groupNames: () => 'default' });
  let network: InstanceNetwork;
  const spaces: string[] = [];
  const inside = async (space: string, ...program: string[]): Promise<string> =>
    (await run('ip', ['netns', 'exec', space, ...program])).stdout;

  before(async () => {
    network = await openInstanceNetwork({ log: silentLogger, supervisor: createSupervisor({ log: silentLogger }) }, { nodeId: 'metadata' });
    network.serveMetadata(server);
    for (const instance of instances.values()) spaces.push(basename((await network.attach(attachmentOf(instance))).namespacePath));
  });
  after(async () => {
    await network.close();
    server.closeAllConnections();
  });

  test('curl, as the manual of EC2 says', async () => {
    const script = `
      token=$(curl -sS -X PUT http://169.254.169.254/latest/api/token -H "X-aws-ec2-metadata-token-ttl-seconds: 60")
      curl -sS -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/instance-id; echo
      curl -sS -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/user-data
      curl -sS -o /dev/null -w '%{http_code}\\n' http://169.254.169.254/latest/meta-data/instance-id
      curl -sS -o /dev/null -w '%{http_code}\\n' -X PUT --data-binary @/proc/version http://169.254.169.254/latest/api/token`;
    assert.equal(await inside(spaces[0]!, 'sh', '-ec', script), 'i-00000000000000005\n#!/bin/sh\necho hello\n401\n400\n');
  });

  test('each instance is told of itself, and another’s token is worth nothing to it', async () => {
    const token = await inside(
      spaces[0]!,
      'curl',
      '-sS',
      '-X',
      'PUT',
      '-H',
      'X-aws-ec2-metadata-token-ttl-seconds: 60',
      'http://169.254.169.254/latest/api/token',
    );
    const ask = (space: string): Promise<string> =>
      inside(
        space,
        'curl',
        '-sS',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '-H',
        `X-aws-ec2-metadata-token: ${token}`,
        '-H',
        'X-Forwarded-For: 10.201.0.5',
        'http://169.254.169.254/latest/meta-data/',
      );
    assert.equal(await ask(spaces[0]!), '200');
    assert.equal(await ask(spaces[1]!), '401');
  });

  test('botocore finds the region', { skip: NO_BOTOCORE }, async () => {
    const script = `
import botocore.session, botocore.utils
print(botocore.utils.IMDSRegionProvider(botocore.session.get_session()).provide())
fetcher = botocore.utils.IMDSFetcher(timeout=10, num_attempts=2)
print(fetcher._get_request('latest/meta-data/instance-id', None, fetcher._fetch_metadata_token()).text)
print(botocore.utils.InstanceMetadataFetcher(timeout=10, num_attempts=1).retrieve_iam_role_credentials())`;
    assert.equal(await inside(spaces[0]!, 'python3', '-c', script), 'eu-north-1\ni-00000000000000005\n{}\n');
  });
});
