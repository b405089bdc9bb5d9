import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../s3-error.ts';
import { authenticate } from './authenticate.ts';

// URLs made by botocore 1.44 for the key AKIDEXAMPLE at 1,800,000,000 seconds.
const GET =
  '/b/a%20b/%C3%A4?response-content-type=text%2Fx%3B%20a&AWSAccessKeyId=AKIDEXAMPLE&Signature=YdMej6G4cZN2LsgLVS3jJhMwvnU%3D&Expires=1800000060';
const PUT =
  '/b/k?AWSAccessKeyId=AKIDEXAMPLE&Signature=r6%2BXojX3QKIzFnpwBeGj3TekMBs%3D&x-amz-meta-m=1&content-type=text%2Fx&Expires=1800000060';
const LIST =
  '/b?list-type=2&prefix=a%2Fb&encoding-type=url&AWSAccessKeyId=AKIDEXAMPLE&Signature=FsRVwnTvqWdLdy5oibpZ33DEPgs%3D&Expires=1800000060';
const OPTIONS = {
  lookup: (id: string) => (id === 'AKIDEXAMPLE' ? { secret: 'secret/+=' } : undefined),
  region: 'us-east-1',
  nowMs: 1_800_000_000_000,
};

function codeOf(method: string, url: string, more: object = {}): string {
  try {
    return authenticate({ method, url, headers: { host: 'pilvi.test', ...more } }, OPTIONS).kind;
  } catch (error) {
    assert.ok(error instanceof S3Error, String(error));
    return error.code;
  }
}

test('what botocore presigns is signed', () => {
  assert.equal(codeOf('GET', GET), 'signed');
  assert.equal(codeOf('PUT', PUT), 'signed');
  assert.equal(codeOf('GET', `${GET}&x-id=GetObject`), 'signed');
  assert.equal(codeOf('GET', LIST), 'signed');
  // The bucket in the host name is signed as if it stood in the path.
  const hosted = authenticate({ method: 'GET', url: GET.slice(2), headers: { host: 'b.pilvi.test' } }, { ...OPTIONS, hostedBucket: 'b' });
  assert.equal(hosted.kind, 'signed');
});

test('what was changed, or is past its time, is not', () => {
  assert.equal(codeOf('PUT', GET), 'SignatureDoesNotMatch');
  assert.equal(codeOf('GET', GET.replace('/b/a', '/b/c')), 'SignatureDoesNotMatch');
  assert.equal(codeOf('GET', GET.replace('text', 'tuxt')), 'SignatureDoesNotMatch');
  assert.equal(codeOf('GET', GET.replace('1800000060', '1800000061')), 'SignatureDoesNotMatch');
  assert.equal(codeOf('GET', `${GET}&acl`), 'SignatureDoesNotMatch');
  assert.equal(codeOf('GET', `${GET}&attributes`), 'AccessDenied');
  assert.equal(codeOf('GET', `${LIST}&uploads`), 'SignatureDoesNotMatch');
  assert.equal(codeOf('PUT', PUT, { 'x-amz-acl': 'public-read' }), 'SignatureDoesNotMatch');
  assert.equal(codeOf('GET', GET.replace('AKIDEXAMPLE', 'AKIDOTHER')), 'InvalidAccessKeyId');
  assert.throws(
    () => authenticate({ method: 'GET', url: GET, headers: {} }, { ...OPTIONS, nowMs: 1_800_000_061_000 }),
    /Request has expired/,
  );
  assert.equal(codeOf('PUT', PUT, { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }), 'SignatureDoesNotMatch');
});
