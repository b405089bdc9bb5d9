import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestHead } from '../request-head.ts';
import { S3Error } from '../s3-error.ts';
import { authenticate } from './authenticate.ts';

// Signed by botocore 1.44 (HmacV1Auth) for the key AKIDEXAMPLE at 1,800,000,000 seconds.
const DATE = 'Fri, 15 Jan 2027 08:00:00 GMT';
const LIST = request('GET', '/b?prefix=a%2Fb&uploads', 'FZDj/qTBBsQlrjHd/+pC9RzQwi8=', { date: DATE });
const PUT = request('PUT', '/b/a%20b/%C3%A4', 'n4km+O71Y2BWek+DkDrG6yBa0EY=', {
  date: DATE,
  'content-type': 'text/x',
  'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==',
  'x-amz-meta-m': '1',
  'x-amz-acl': 'private',
});
/** The line for the date is empty then. */
const AMZ_DATED = request('PUT', '/b/k', 'gEpjcUijK68y6hcJUh0qntcEvNM=', { 'x-amz-date': DATE, date: 'ignored' });
/** As botocore signs a bucket: with a slash that it does not send. */
const BUCKET = request('PUT', '/b', '7cIt09iAh1dxTuP46+CVs9hSNvw=', { date: DATE });
const NOW_MS = 1_800_000_000_000;

function request(method: string, url: string, signature: string, headers: Record<string, string>): RequestHead {
  return { method, url, headers: { host: 'pilvi.test', authorization: `AWS AKIDEXAMPLE:${signature}`, ...headers } };
}

function outcome(head: RequestHead, nowMs = NOW_MS): string {
  const lookup = (id: string): { secret: string } | undefined => (id === 'AKIDEXAMPLE' ? { secret: 'secret/+=' } : undefined);
  try {
    const authentication = authenticate(head, { lookup, region: 'us-east-1', nowMs });
    return `${authentication.kind} ${authentication.payload.kind}`;
  } catch (error) {
    assert.ok(error instanceof S3Error, String(error));
    return error.code;
  }
}

const changed = (head: RequestHead, headers: Record<string, string>): RequestHead => ({
  ...head,
  headers: { ...head.headers, ...headers },
});

test('what version 2 signs is signed', () => {
  for (const head of [LIST, PUT, AMZ_DATED, BUCKET]) assert.equal(outcome(head), 'signed unsigned');
});

test('what was changed is not, and what version 2 does not sign may only choose a page', () => {
  assert.equal(outcome({ ...LIST, method: 'HEAD' }), 'SignatureDoesNotMatch');
  assert.equal(outcome({ ...BUCKET, url: '/b//' }), 'SignatureDoesNotMatch');
  assert.equal(outcome({ ...LIST, url: '/c?prefix=a%2Fb&uploads' }), 'SignatureDoesNotMatch');
  assert.equal(outcome({ ...LIST, url: `${LIST.url}&acl` }), 'SignatureDoesNotMatch');
  assert.equal(outcome({ ...LIST, url: `${LIST.url}&max-uploads=2` }), 'signed unsigned');
  assert.equal(outcome({ ...LIST, url: `${LIST.url}&attributes` }), 'AccessDenied');
  assert.equal(outcome({ ...LIST, url: `${LIST.url}&x-amz-acl=private` }), 'AccessDenied');
  assert.equal(outcome({ ...LIST, url: `${LIST.url}&Signature=x` }), 'AccessDenied');
  assert.equal(outcome(changed(PUT, { 'content-type': 'text/y' })), 'SignatureDoesNotMatch');
  assert.equal(outcome(changed(PUT, { 'x-amz-meta-m': '2' })), 'SignatureDoesNotMatch');
  assert.equal(outcome(changed(PUT, { 'x-amz-meta-n': '2' })), 'SignatureDoesNotMatch');
  assert.equal(outcome(changed(PUT, { authorization: 'AWS AKIDOTHER:n4km+O71Y2BWek+DkDrG6yBa0EY=' })), 'InvalidAccessKeyId');
  assert.equal(outcome(changed(PUT, { authorization: 'AWS HAHAHA' })), 'InvalidArgument');
  assert.equal(outcome(changed(PUT, { 'x-amz-security-token': 't' })), 'InvalidToken');
});

test('a clock fifteen minutes off is allowed, and a date is needed', () => {
  for (const skewMs of [-900_000, 900_000]) assert.equal(outcome(PUT, NOW_MS + skewMs), 'signed unsigned');
  for (const skewMs of [-901_000, 901_000]) assert.equal(outcome(PUT, NOW_MS + skewMs), 'RequestTimeTooSkewed');
  for (const date of ['', 'Bad Date', 'Tue, 07 Jul 1950 21:53:04 GMT']) {
    assert.equal(outcome(changed(PUT, { date })), 'AccessDenied', date);
    assert.equal(outcome(changed(PUT, { 'x-amz-date': date })), 'AccessDenied', date);
  }
});
