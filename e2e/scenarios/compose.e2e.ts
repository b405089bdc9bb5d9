// deploy/compose.yaml, as a user runs it.
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Agent } from 'node:https';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeProject } from '../src/compose-project.ts';
import type { ComposeProject } from '../src/compose-project.ts';
import { uploadInParts } from '../src/upload-in-parts.ts';

const command = process.env['PILVI_COMPOSE'] ?? '';
const skip = command === '' && 'there is no docker compose of version 2';
const HUNG = { timeout: 900_000, skip };
const LOOK_EVERY_MS = 500;

const small = randomBytes(10_000);
const large = randomBytes(12 * 1024 * 1024);

let project: ComposeProject;
let client: S3Client;

before(async () => {
  if (skip !== false) return;
  project = await composeProject(command);
  await project.run('up', '--wait');
  const credentials = await project.credentials();
  client = new S3Client({ endpoint: project.http, region: 'us-east-1', forcePathStyle: true, credentials });
}, HUNG);

after(async () => {
  if (skip === false) await project[Symbol.asyncDispose]();
}, HUNG);

test('up --wait ends with a store that takes objects, small and in parts', HUNG, async () => {
  await client.send(new CreateBucketCommand({ Bucket: 'photos' }));
  await client.send(new PutObjectCommand({ Bucket: 'photos', Key: 'small', Body: small }));
  await uploadInParts(client, { bucket: 'photos', key: 'large', body: large });
  await assertHolds(client);
});

test('over HTTPS too, with a certificate of its own authority', HUNG, async () => {
  const ca = await project.run('exec', '-T', 'load-balancer', 'cat', '/secrets/ca.pem');
  const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ ca }) });
  const credentials = await project.credentials();
  const secure = new S3Client({ endpoint: project.https, region: 'us-east-1', forcePathStyle: true, credentials, requestHandler });
  await assertHolds(secure);
  secure.destroy();
});

test('no service but the one that makes them sees the authorities’ keys', HUNG, async () => {
  const services = (await project.run('config', '--services')).split('\n').filter((name) => /^(gateway|storage)-/.test(name));
  assert.equal(services.length, 6);
  for (const service of services) {
    const seen = await project.run('exec', '-T', service, 'find', '/secrets', '-name', '*.pem', '-o', '-name', '*.json');
    assert.doesNotMatch(seen, /authority|ca-key/);
    assert.equal(service.startsWith('gateway'), seen.includes('root-key.json'), service);
  }
});

test('a gateway and a storage node are killed', HUNG, async () => {
  await project.run('kill', 'gateway-1', 'storage-2');
  await assertHolds(client);
  await client.send(new PutObjectCommand({ Bucket: 'photos', Key: 'meanwhile', Body: 'written' }));
  await project.run('up', '--wait');
});

test('down and up keep the data', HUNG, async () => {
  await project.run('down');
  await project.run('up', '--wait');
  await assertHolds(client);
});

test('a node added by an override file joins and takes its share', HUNG, async () => {
  await project.runWith('add-node.yaml', 'up', '--wait');
  let partitions = 0;
  while (partitions < 30) {
    await sleep(LOOK_EVERY_MS);
    const status = JSON.parse(await project.run('exec', '-T', 'gateway-1', 'pilvi', 'status', '--json')) as Status;
    const { primary = 0, secondary = 0 } = status.nodes.find(({ name }) => name === 'storage-5')?.partitions ?? {};
    partitions = primary + secondary;
  }
  await assertHolds(client);
});

interface Status {
  readonly nodes: readonly { readonly name: string; readonly partitions: { readonly primary: number; readonly secondary: number } }[];
}

async function assertHolds(from: S3Client): Promise<void> {
  for (const [key, body] of [['small', small] as const, ['large', large] as const]) {
    const { Body } = await from.send(new GetObjectCommand({ Bucket: 'photos', Key: key }));
    assert.ok(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(body), key);
  }
}
