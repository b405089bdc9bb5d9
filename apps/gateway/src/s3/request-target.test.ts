import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '@pilvi/s3-protocol';
import { parseCopySource } from './copy-source.ts';
import { checkBucketName } from './bucket-name.ts';
import { encodeName } from './listing.ts';
import { decodeToken, encodeToken } from './verbs/list-objects-v2.ts';
import { parseTarget } from './request-target.ts';

const of = (url: string, host = 'pilvi.test:9000', domains: string[] = []): [string, string] => {
  const target = parseTarget(url, host, domains);
  return [target.bucket, target.key];
};

test('path-style and virtual-host requests name the same', () => {
  assert.deepEqual(of('/'), ['', '']);
  assert.deepEqual(of('/?x-id=ListBuckets'), ['', '']);
  assert.deepEqual(of('/b'), ['b', '']);
  assert.deepEqual(of('/b/'), ['b', '']);
  assert.deepEqual(of('/b/a/b%2Fc%20d+e'), ['b', 'a/b/c d+e']);
  assert.deepEqual(of('/b//lead/'), ['b', '/lead/']);
  assert.deepEqual(of('/a/k', 'b.pilvi.test:9000', ['pilvi.test']), ['b', 'a/k']);
  assert.deepEqual(of('/a/k', 'pilvi.test:9000', ['pilvi.test']), ['a', 'k']);
  assert.deepEqual(of('/', 'my.dotted.B.pilvi.test', ['pilvi.test']), ['my.dotted.b', '']);
});

test('of repeated parameters the first counts, and + is a space', () => {
  const { query } = parseTarget('/b?prefix=a+b%2Bc&prefix=z&versions', 'h', []);
  assert.equal(query.get('prefix'), 'a b+c');
  assert.equal(query.get('versions'), '');
});

test('what cannot be decoded, or is too long, is refused', () => {
  for (const url of ['/b/%ff', '/b/%', 'http://x/b', '*'])
    assert.throws(
      () => of(url),
      (e) => e instanceof S3Error && e.code === 'InvalidURI',
      url,
    );
  assert.deepEqual(of(`/b/${'k'.repeat(1024)}`)[1].length, 1024);
  assert.throws(
    () => of(`/b/${'k'.repeat(1025)}`),
    (e) => e instanceof S3Error && e.code === 'KeyTooLongError',
  );
  assert.throws(
    () => of(`/b/${'%C3%A4'.repeat(513)}`),
    (e) => e instanceof S3Error && e.code === 'KeyTooLongError',
  );
});

test('copy sources', () => {
  assert.deepEqual(parseCopySource('/b/a%20b'), { bucketName: 'b', key: 'a b', versionId: undefined });
  assert.deepEqual(parseCopySource('b/k?versionId=null'), { bucketName: 'b', key: 'k', versionId: 'null' });
  assert.deepEqual(parseCopySource('b/k%3FversionId=x'), { bucketName: 'b', key: 'k?versionId=x', versionId: undefined });
  for (const bad of ['', 'b', 'b/', '/', '//k']) assert.throws(() => parseCopySource(bad), S3Error, bad);
});

test('bucket names', () => {
  for (const good of ['abc', 'a-b.c1', '1'.repeat(63)]) checkBucketName(good);
  for (const bad of [
    'ab',
    'A-b',
    'a_b',
    '-ab',
    'ab-',
    'a..b',
    'a.-b',
    'a-.b',
    '192.168.5.4',
    'xn--abc',
    'abc-s3alias',
    'x'.repeat(64),
    'a b',
    'ä'.repeat(4),
  ]) {
    assert.throws(
      () => checkBucketName(bad),
      (e) => e instanceof S3Error && e.code === 'InvalidBucketName',
      bad,
    );
  }
});

test('names in listings, and tokens, survive the trip', () => {
  for (const name of ['a/b', "quux ab/thud('x')!*", 'ä\u0001\n', '100%', 'a+b']) {
    assert.equal(decodeURIComponent(encodeName(name)), name);
    assert.equal(decodeToken(encodeToken(name)), name);
  }
  assert.equal(encodeName('foo+1/b ä'), 'foo%2B1/b%20%C3%A4');
  assert.throws(() => decodeToken('no token'), S3Error);
});
