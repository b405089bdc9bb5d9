import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import express from 'express';
import { silentLogger } from '@pilvi/runtime';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { startMemoryS3 } from '../s3/testing/memory-s3.ts';
import { refusal, sdkClient } from '../s3/testing/sdk-client.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { guardedMetrics } from './metrics-door.ts';

async function ask(token: string | undefined, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const app = express().use(guardedMetrics({ metrics: createGatewayMetrics('gateway-1').process, log: silentLogger, token }));
  await using server = createServer(app).listen(0);
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers });
  return { status: answer.status, text: await answer.text() };
}

test('the public port tells metrics to who knows the token, and to nobody when there is none', async () => {
  assert.equal((await ask(undefined, {})).status, 403);
  assert.equal((await ask(undefined, { authorization: 'Bearer undefined' })).status, 403);
  assert.equal((await ask('right', {})).status, 401);
  assert.equal((await ask('right', { authorization: 'Bearer wrong' })).status, 401);
  assert.equal((await ask('right', { authorization: 'Basic right' })).status, 401);
  const { status, text } = await ask('right', { authorization: 'bearer right' });
  assert.equal(status, 200);
  assert.match(text, /pilvi_build_info/);
});

test('requests are counted by operation and class of status, never by bucket or key', async () => {
  const metrics = createGatewayMetrics('gateway-1');
  await using server = await startMemoryS3({ observer: metrics.s3 });
  const client = sdkClient(server);
  const at = { Bucket: 'secret-bucket', Key: 'secret-key' };
  await client.send(new CreateBucketCommand(at));
  await client.send(new PutObjectCommand({ ...at, Body: 'twelve bytes' }));
  const answer = await client.send(new GetObjectCommand(at));
  await answer.Body?.transformToString();
  assert.equal(await refusal(client.send(new GetObjectCommand({ ...at, Key: 'other' }))), 'NoSuchKey');
  const lines = (await metrics.process.registry.metrics()).split('\n');
  for (const line of [
    'pilvi_s3_request_seconds_count{operation="PutObject",status="2xx"} 1',
    'pilvi_s3_request_seconds_count{operation="GetObject",status="2xx"} 1',
    'pilvi_s3_request_seconds_count{operation="GetObject",status="4xx"} 1',
    'pilvi_s3_errors_total{code="NoSuchKey"} 1',
    'pilvi_s3_requests_in_flight 0',
  ])
    assert.ok(lines.includes(line), line);
  assert.ok(!lines.some((line) => line.includes('secret')));
});
