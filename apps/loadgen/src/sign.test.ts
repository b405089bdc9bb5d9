import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSigner, EMPTY_SHA256, encodeKey } from './sign.ts';

// "Examples: Signature Calculations", AWS S3 API reference, sigv4-header-based-auth: GET Bucket (List Objects).
test('signs the documented example as AWS does', () => {
  const sign = createSigner(
    { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', region: 'us-east-1' },
    () => Date.UTC(2013, 4, 24),
  );
  const headers = sign({
    method: 'GET',
    host: 'examplebucket.s3.amazonaws.com',
    path: '/',
    query: 'max-keys=2&prefix=J',
    payloadHash: EMPTY_SHA256,
  });
  assert.match(headers, /x-amz-date: 20130524T000000Z\r\n/);
  assert.match(headers, /Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7\r\n$/);
});

test('the key of a new day is derived anew', () => {
  let nowMs = Date.UTC(2026, 0, 1, 23, 59, 59);
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret', region: 'us-east-1' };
  const request = { method: 'GET', host: 'h', path: '/', query: '', payloadHash: EMPTY_SHA256 };
  const sign = createSigner(credentials, () => nowMs);
  sign(request);
  nowMs += 1000;
  assert.equal(sign(request), createSigner(credentials, () => nowMs)(request));
});

test('keys are encoded as S3 wants it', () => {
  assert.equal(encodeKey("a/b c+d!'()*é"), 'a/b%20c%2Bd%21%27%28%29%2A%C3%A9');
});
