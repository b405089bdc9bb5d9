import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import type { RequestHead } from '../request-head.ts';
import { EMPTY_SHA256 } from '../testing/aws-examples.ts';
import { authenticate } from './authenticate.ts';

const KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret/+=' };
const NOW_MS = Date.UTC(2026, 10, 23, 12);
const OPTIONS = { lookup: () => ({ secret: KEY.secretAccessKey }), region: 'eu-north-1', nowMs: NOW_MS };

/** What @smithy/signature-v4 asks of a hash: SHA-256, keyed or not. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    if (secret === undefined) this.#hash = createHash('sha256');
    else
      this.#hash = createHmac(
        'sha256',
        typeof secret === 'string'
          ? secret
          : new Uint8Array(
              ArrayBuffer.isView(secret) ? secret.buffer.slice(secret.byteOffset, secret.byteOffset + secret.byteLength) : secret,
            ),
      );
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(
      typeof data === 'string'
        ? data
        : Buffer.from(ArrayBuffer.isView(data) ? data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) : data),
    );
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {
    throw new Error('not used');
  }
}

const signer = new SignatureV4({
  service: 's3',
  region: OPTIONS.region,
  credentials: KEY,
  sha256: Sha256,
  uriEscapePath: false,
  applyChecksum: false,
});

const keys = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((key) => key.isWellFormed() && key.normalize() === key);
const parameters = fc.dictionary(fc.constantFrom('prefix', 'Prefix', 'a b', 'delimiter', 'acl', 'x~y', "q'(!*)"), keys);
const metadata = fc.dictionary(
  fc.constantFrom('x-amz-meta-a', 'x-amz-meta-b-c', 'x-amz-acl'),
  fc.stringMatching(/^[!-~]( {0,3}[!-~]){0,8}$/),
);

function requestOf(key: string, query: Record<string, string>, headers: Record<string, string>) {
  const path = `/bucket/${key.split('/').map(escape).join('/')}`;
  return {
    method: 'PUT',
    protocol: 'http:',
    hostname: 'localhost',
    path,
    query,
    headers: { host: 'localhost:9000', 'x-amz-content-sha256': EMPTY_SHA256, ...headers },
  };
}

function escape(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The request line may spell the path in another way than was signed: lower-case escapes, or none where none is needed. */
function headOf(signed: { method: string; path: string; query?: Record<string, unknown>; headers: Record<string, string> }): RequestHead {
  const query = Object.entries(signed.query ?? {}).map(([name, value]) => `${escape(name)}=${escape(String(value))}`);
  const headers = Object.fromEntries(Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const path = signed.path.replace(/%[0-9A-F]{2}/g, (escaped) =>
    /%2[1789AB]/.test(escaped) ? decodeURIComponent(escaped) : escaped.toLowerCase(),
  );
  return { method: signed.method, url: query.length === 0 ? path : `${path}?${query.join('&')}`, headers };
}

test('what the AWS SDK for JavaScript signs is accepted', async () => {
  await fc.assert(
    fc.asyncProperty(keys, parameters, metadata, async (key, query, headers) => {
      const signed = await signer.sign(requestOf(key, query, headers), { signingDate: new Date(NOW_MS) });
      const authentication = authenticate(headOf(signed), OPTIONS);
      assert.ok(authentication.kind === 'signed' && authentication.form === 'header');
    }),
  );
});

test('what the AWS SDK for JavaScript presigns is accepted', async () => {
  await fc.assert(
    fc.asyncProperty(keys, parameters, async (key, query) => {
      const signed = await signer.presign(requestOf(key, query, {}), { signingDate: new Date(NOW_MS), expiresIn: 60 });
      const authentication = authenticate(headOf(signed), OPTIONS);
      assert.ok(authentication.kind === 'signed' && authentication.form === 'query');
    }),
  );
});

test('services other than S3 sign the hash of a body they do not name, and an escaped path', async () => {
  const ec2 = new SignatureV4({ service: 'ec2', region: OPTIONS.region, credentials: KEY, sha256: Sha256, applyChecksum: false });
  const body = 'Action=DescribeInstances&Version=2016-11-15';
  const signed = await ec2.sign(
    { method: 'POST', protocol: 'http:', hostname: 'localhost', path: '/a%20b', headers: { host: 'localhost:9000' }, body },
    { signingDate: new Date(NOW_MS) },
  );
  const head = { ...headOf(signed), bodySha256: createHash('sha256').update(body).digest('hex') };
  const authentication = authenticate(head, { ...OPTIONS, services: ['s3', 'ec2'] });
  assert.ok(authentication.kind === 'signed' && authentication.service === 'ec2');
  assert.throws(() => authenticate(head, OPTIONS), /incorrect service "ec2"/);
});

test('header values outside ASCII are signed as the bytes they are sent in', () => {
  // A client signs UTF-8; node:http hands the same bytes over as latin1.
  const value = Buffer.from('naïve ☂', 'utf8').toString('latin1');
  const canonical = `PUT\n/b/k\n\nhost:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:20261123T120000Z\nx-amz-meta-a:naïve ☂\n\nhost;x-amz-content-sha256;x-amz-date;x-amz-meta-a\nUNSIGNED-PAYLOAD`;
  const scope = '20261123/eu-north-1/s3/aws4_request';
  const stringToSign = `AWS4-HMAC-SHA256\n20261123T120000Z\n${scope}\n${createHash('sha256').update(canonical, 'utf8').digest('hex')}`;
  const key = scope
    .split('/')
    .reduce((secret: Buffer | string, part) => createHmac('sha256', secret).update(part).digest(), `AWS4${KEY.secretAccessKey}`);
  const authorization = `AWS4-HMAC-SHA256 Credential=${KEY.accessKeyId}/${scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=${createHmac('sha256', key).update(stringToSign).digest('hex')}`;
  const headers = {
    host: 'h',
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    'x-amz-date': '20261123T120000Z',
    'x-amz-meta-a': value,
    authorization,
  };
  assert.equal(authenticate({ method: 'PUT', url: '/b/k', headers }, OPTIONS).kind, 'signed');
});
