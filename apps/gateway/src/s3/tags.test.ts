import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseXml, S3Error } from '@pilvi/s3-protocol';
import { MAX_OBJECT_TAGS, parseTagHeader, parseTagSet } from './tags.ts';

function codeOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    assert.ok(error instanceof S3Error);
    return error.code;
  }
  return 'accepted';
}

const inHeader = (key: string, value: string): string =>
  codeOf(() => parseTagHeader(`${encodeURIComponent(key)}=${encodeURIComponent(value)}`));
const inDocument = (...tags: [key: string, value: string][]): string => {
  const xml = tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join('');
  return codeOf(() => parseTagSet(parseXml(`<TagSet>${xml}</TagSet>`, 'TagSet'), MAX_OBJECT_TAGS));
};

test('letters, numbers and spaces of any script, and +-=._:/@', () => {
  for (const parse of [inHeader, (key: string, value: string) => inDocument([key, value])]) {
    assert.equal(parse('Ärger 1٣ 雲', 'a+b-c=d.e_f:g/h@i'), 'accepted');
    assert.equal(parse('empty', ''), 'accepted');
    assert.equal(parse('𝒦'.repeat(128), '𝒱'.repeat(256)), 'accepted');
  }
  assert.deepEqual(parseTagHeader('a=1&b=%20&c'), [
    { key: 'a', value: '1' },
    { key: 'b', value: ' ' },
    { key: 'c', value: '' },
  ]);
});

test('other characters and lengths are an InvalidTag, in a header as in a document', () => {
  for (const key of ['', 'k'.repeat(129), 'a\tb', 'a;b', 'a*', 'a?', '{}', '💡', 'aws:x', 'AWS:x']) {
    assert.equal(inHeader(key, 'v'), 'InvalidTag', JSON.stringify(key));
    assert.equal(inDocument([key, 'v']), 'InvalidTag', JSON.stringify(key));
  }
  for (const value of ['v'.repeat(257), '!', '#', '"x"', '\u0001', '💡']) assert.equal(inHeader('k', value), 'InvalidTag', value);
  assert.equal(inDocument(['k', '(v)']), 'InvalidTag');
});

test('keys are distinct, and at most ten', () => {
  assert.equal(
    codeOf(() => parseTagHeader('a=1&a=2')),
    'InvalidArgument',
  );
  assert.equal(
    codeOf(() => parseTagHeader('a=%ff')),
    'InvalidArgument',
  );
  assert.equal(
    codeOf(() => parseTagHeader('a=1&&b=2')),
    'InvalidArgument',
  );
  assert.equal(inDocument(['a', '1'], ['a', '2']), 'InvalidTag');
  const eleven = Array.from({ length: 11 }, (_, i): [string, string] => [String(i), '']);
  assert.equal(inDocument(...eleven), 'BadRequest');
  assert.equal(
    codeOf(() => parseTagHeader(eleven.map(([key]) => `${key}=`).join('&'))),
    'BadRequest',
  );
});
