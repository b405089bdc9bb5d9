import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../s3-error.ts';
import type { RequestHead } from '../request-head.ts';
import {
  EXAMPLE_KEY_ID,
  EXAMPLE_SECRET,
  EXAMPLE_TIME_MS,
  exampleRequest,
  GET_LIFECYCLE,
  GET_OBJECT,
  LIST_OBJECTS,
  PRESIGNED_URL,
  PUT_CHUNKED,
  PUT_OBJECT,
  PUT_TRAILER,
} from '../testing/aws-examples.ts';
import { authenticate, type AuthenticationOptions } from './authenticate.ts';
import type { AccessKeySecret } from './authentication.ts';

const OPTIONS: AuthenticationOptions<AccessKeySecret> = {
  lookup: (id) => (id === EXAMPLE_KEY_ID ? { secret: EXAMPLE_SECRET } : undefined),
  region: 'us-east-1',
  nowMs: EXAMPLE_TIME_MS + 60_000,
};
const PRESIGNED: RequestHead = { method: 'GET', url: PRESIGNED_URL, headers: { host: 'examplebucket.s3.amazonaws.com' } };

test('the published examples with their published signatures', () => {
  for (const example of [GET_OBJECT, PUT_OBJECT, GET_LIFECYCLE, LIST_OBJECTS, PUT_CHUNKED, PUT_TRAILER]) {
    const authentication = authenticate(exampleRequest(example), OPTIONS);
    assert.equal(authentication.kind, 'signed', example.url);
  }
  const presigned = authenticate(PRESIGNED, OPTIONS);
  assert.ok(presigned.kind === 'signed' && presigned.form === 'query' && presigned.accessKeyId === EXAMPLE_KEY_ID);
});

test('the form of the payload is told', () => {
  assert.deepEqual(authenticate(PRESIGNED, OPTIONS).payload, { kind: 'unsigned' });
  assert.deepEqual(authenticate(exampleRequest(PUT_CHUNKED), OPTIONS).payload, { kind: 'chunked', signed: true, trailer: false });
  assert.deepEqual(authenticate(exampleRequest(PUT_TRAILER), OPTIONS).payload, { kind: 'chunked', signed: true, trailer: true });
  assert.equal(authenticate(exampleRequest(PUT_OBJECT), OPTIONS).payload.kind, 'sha256');
});

test('nothing that is signed can be changed', () => {
  const request = exampleRequest(PUT_OBJECT);
  const changes: RequestHead[] = [
    { ...request, method: 'POST' },
    { ...request, url: '/test%24file.txt' },
    { ...request, url: `${request.url}?acl` },
    withHeader(request, 'host', 'other.s3.amazonaws.com'),
    withHeader(request, 'x-amz-storage-class', 'STANDARD'),
    withHeader(request, 'x-amz-date', '20130524T000001Z'),
    withHeader(request, 'x-amz-content-sha256', 'UNSIGNED-PAYLOAD'),
    withHeader(request, 'authorization', request.headers.authorization?.slice(0, -1)),
    withHeader(request, 'authorization', request.headers.authorization?.replace(/.$/, 'f')),
  ];
  for (const change of changes) refused(change, 'SignatureDoesNotMatch');
  for (const end of ['0', '0f', 'zz']) refused({ ...PRESIGNED, url: PRESIGNED.url.replace(/..$/, end) }, 'SignatureDoesNotMatch');
});

test('what was signed here is told to whoever signed otherwise', () => {
  const error = refused({ ...exampleRequest(GET_OBJECT), url: '/other.txt' }, 'SignatureDoesNotMatch');
  assert.equal(error.status, 403);
  assert.equal(error.fields['AWSAccessKeyId'], EXAMPLE_KEY_ID);
  assert.equal(error.fields['SignatureProvided'], GET_OBJECT.signature);
  assert.match(error.fields['CanonicalRequest'] ?? '', /^GET\n\/other\.txt\n\nhost:examplebucket/);
  assert.match(
    error.fields['StringToSign'] ?? '',
    /^AWS4-HMAC-SHA256\n20130524T000000Z\n20130524\/us-east-1\/s3\/aws4_request\n[0-9a-f]{64}$/,
  );
  assert.match(error.fields['StringToSignBytes'] ?? '', /^41 57 53 34 2d/);
});

test('the Authorization header: AWS codes and words', () => {
  const request = exampleRequest(GET_OBJECT);
  const authorization = request.headers.authorization ?? '';
  const cases: [from: string | RegExp, to: string, code: string, message: RegExp][] = [
    [EXAMPLE_KEY_ID, 'AKIAUNKNOWN', 'InvalidAccessKeyId', /does not exist in our records/],
    ['/us-east-1/', '/eu-west-1/', 'AuthorizationHeaderMalformed', /; the region 'eu-west-1' is wrong; expecting 'us-east-1'$/],
    ['/s3/', '/ec2/', 'AuthorizationHeaderMalformed', /; incorrect service "ec2"\. This endpoint belongs to "s3"\.$/],
    ['/us-east-1/', '/', 'AuthorizationHeaderMalformed', /; the Credential is mal-formed; expecting "<YOUR-AKID>\/YYYYMMDD/],
    ['/20130524/', '/2013052/', 'AuthorizationHeaderMalformed', /incorrect date format "2013052"/],
    ['/20130524/', '/20130523/', 'AuthorizationHeaderMalformed', /Invalid credential date "20130523"/],
    ['aws4_request', 'aws4', 'AuthorizationHeaderMalformed', /incorrect terminal "aws4"/],
    [/,Signature=.*/, '', 'AuthorizationHeaderMalformed', /requires three components/],
    [/ .*/, '', 'AuthorizationHeaderMalformed', /requires three components/],
    [/ .*/, ' nonsense', 'AuthorizationHeaderMalformed', /component "nonsense" is malformed/],
    [/.*/, 'AWS', 'InvalidArgument', /Unsupported Authorization Type/],
    ['AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256', 'InvalidRequest', /Please use AWS4-HMAC-SHA256/],
    [/.*/, 'Basic YTpi', 'InvalidArgument', /Unsupported Authorization Type/],
    ['host;', '', 'AccessDenied', /not signed/],
  ];
  for (const [from, to, code, message] of cases) {
    const error = refused(withHeader(request, 'authorization', authorization.replace(from, to)), code);
    assert.match(error.message, message);
  }
  assert.equal(
    refused(withHeader(request, 'authorization', authorization.replace('/us-east-1/', '/x/')), 'AuthorizationHeaderMalformed').fields[
      'Region'
    ],
    'us-east-1',
  );
});

test('other headers that decide', () => {
  const request = exampleRequest(GET_OBJECT);
  const unsigned = refused(withHeader(request, 'x-amz-meta-a', '1'), 'AccessDenied');
  assert.equal(unsigned.fields['HeadersNotSigned'], 'x-amz-meta-a');
  refused(withHeader(request, 'x-amz-date', undefined), 'AccessDenied');
  refused(withHeader(request, 'x-amz-date', 'yesterday'), 'AccessDenied');
  refused(withHeader(request, 'x-amz-date', '20130231T000000Z'), 'AccessDenied');
  refused(withHeader(request, 'x-amz-content-sha256', undefined), 'InvalidRequest');
  refused({ ...request, url: `${request.url}?X-Amz-Algorithm=AWS4-HMAC-SHA256` }, 'InvalidArgument');
  refused({ ...request, url: '/%ff' }, 'InvalidURI');
  refused(
    withHeader(request, 'authorization', request.headers.authorization?.replace('host;', 'host;constructor;__proto__;')),
    'SignatureDoesNotMatch',
  );
});

test('a clock fifteen minutes off is allowed, not one second more', () => {
  const request = exampleRequest(GET_OBJECT);
  for (const skewMs of [-900_000, 900_000]) authenticate(request, { ...OPTIONS, nowMs: EXAMPLE_TIME_MS + skewMs });
  for (const skewMs of [-901_000, 901_000]) {
    const error = refused(request, 'RequestTimeTooSkewed', { ...OPTIONS, nowMs: EXAMPLE_TIME_MS + skewMs });
    assert.equal(error.fields['RequestTime'], '20130524T000000Z');
    assert.equal(error.fields['MaxAllowedSkewMilliseconds'], '900000');
  }
});

test('presigned URLs: AWS codes and words, and their time', () => {
  const cases: [from: string | RegExp, to: string, code: string, message: RegExp][] = [
    [/&X-Amz-Date=[^&]*/, '', 'AuthorizationQueryParametersError', /requires the X-Amz-Algorithm, X-Amz-Credential/],
    [/&X-Amz-Signature=.*/, '', 'AuthorizationQueryParametersError', /requires the X-Amz-Algorithm, X-Amz-Credential/],
    ['HMAC-SHA256', 'HMAC-SHA1', 'AuthorizationQueryParametersError', /X-Amz-Algorithm only supports/],
    ['Expires=86400', 'Expires=604801', 'AuthorizationQueryParametersError', /less than a week/],
    ['Expires=86400', 'Expires=-1', 'AuthorizationQueryParametersError', /non-negative/],
    ['Expires=86400', 'Expires=1h', 'AuthorizationQueryParametersError', /should be a number/],
    ['Expires=86400', 'Expires=0', 'AccessDenied', /Request has expired/],
    ['T000000Z', 'T000000', 'AuthorizationQueryParametersError', /ISO8601 Long Format/],
    [
      'us-east-1',
      'us-west-1',
      'AuthorizationQueryParametersError',
      /Error parsing the X-Amz-Credential parameter; the region 'us-west-1' is wrong/,
    ],
    ['20130524%2F', '20130523%2F', 'AuthorizationQueryParametersError', /Invalid credential date/],
    [EXAMPLE_KEY_ID, 'AKIAUNKNOWN', 'InvalidAccessKeyId', /./],
    ['SignedHeaders=host', 'SignedHeaders=range', 'AccessDenied', /not signed/],
  ];
  for (const [from, to, code, message] of cases) {
    assert.match(refused({ ...PRESIGNED, url: PRESIGNED.url.replace(from, to) }, code).message, message);
  }
  authenticate(PRESIGNED, { ...OPTIONS, nowMs: EXAMPLE_TIME_MS + 86_399_000 });
  const expired = refused(PRESIGNED, 'AccessDenied', { ...OPTIONS, nowMs: EXAMPLE_TIME_MS + 86_400_000 });
  assert.deepEqual(expired.fields, { 'X-Amz-Expires': '86400', Expires: '2013-05-25T00:00:00Z', ServerTime: '2013-05-25T00:00:00Z' });
  refused(PRESIGNED, 'AccessDenied', { ...OPTIONS, nowMs: EXAMPLE_TIME_MS - 901_000 });
  refused(withHeader(PRESIGNED, 'x-amz-acl', 'private'), 'AccessDenied');
  refused({ ...PRESIGNED, url: '/a?AWSAccessKeyId=x&Signature=y&Expires=1' }, 'InvalidAccessKeyId');
});

test('session tokens belong to temporary credentials', () => {
  const temporary = { ...OPTIONS, lookup: () => ({ secret: EXAMPLE_SECRET, sessionToken: 'right' }) };
  refused(exampleRequest(GET_OBJECT), 'InvalidAccessKeyId', temporary);
  const withToken = withHeader(exampleRequest(GET_OBJECT), 'x-amz-security-token', 'wrong');
  const signed = withHeader(
    withToken,
    'authorization',
    withToken.headers.authorization?.replace('x-amz-date', 'x-amz-date;x-amz-security-token'),
  );
  refused(signed, 'InvalidToken', temporary);
  refused(signed, 'InvalidToken');
  refused(withHeader(signed, 'x-amz-security-token', 'right'), 'SignatureDoesNotMatch', temporary);
});

test('unsigned requests', () => {
  const plain: RequestHead = { method: 'GET', url: '/bucket/key', headers: { host: 'localhost' } };
  assert.deepEqual(authenticate(plain, OPTIONS), { kind: 'anonymous', payload: { kind: 'unsigned' } });
  assert.equal(authenticate(withHeader(plain, 'authorization', ''), OPTIONS).kind, 'anonymous');
  const streaming = withHeader(plain, 'x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
  assert.deepEqual(authenticate(streaming, OPTIONS).payload, { kind: 'chunked', signed: false, trailer: true });
  refused(withHeader(plain, 'x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'), 'AccessDenied');
  refused(withHeader(plain, 'x-amz-content-sha256', 'abc'), 'InvalidArgument');
  const form = { ...withHeader(plain, 'content-type', 'multipart/form-data; boundary=x'), method: 'POST' };
  assert.equal(refused(form, 'NotImplemented').fields['Header'], 'Content-Type');
});

function withHeader(request: RequestHead, name: string, value: string | undefined): RequestHead {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

function refused(request: RequestHead, code: string, options = OPTIONS): S3Error {
  try {
    authenticate(request, options);
  } catch (error) {
    assert.ok(error instanceof S3Error, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  throw new assert.AssertionError({ message: `accepted, though ${code} is due` });
}
