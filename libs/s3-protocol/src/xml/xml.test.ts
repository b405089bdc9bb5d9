import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { renderXml, type XmlContent } from '@pilvi/xml';
import { renderErrorXml } from '../render-error.ts';
import { S3_ERRORS } from '../s3-error-codes.ts';
import { S3Error } from '../s3-error.ts';
import { childrenOf, parseXml, requiredChild, textOf } from './xml-input.ts';

const xmlDocument = (root: string, content: XmlContent): string =>
  renderXml([root, content, 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"']);

function isMalformed(error: unknown): boolean {
  return error instanceof S3Error && error.code === 'MalformedXML';
}

test('a document is read whatever its namespace and prefix', () => {
  for (const root of ['<Delete>', '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">', '<Delete xmlns="urn:other">']) {
    const document = parseXml(
      `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n <Object><Key> a b </Key></Object><Object><Key>c</Key></Object></Delete>`,
      'Delete',
    );
    assert.deepEqual(
      childrenOf(document, 'Object').map((object) => textOf(object, 'Key')),
      [' a b ', 'c'],
    );
  }
  assert.equal(textOf(parseXml('<p:A xmlns:p="urn:x"><p:B>1</p:B></p:A>', 'A'), 'B'), '1');
  assert.equal(textOf(parseXml('<A><B/></A>', 'A'), 'B'), '');
  assert.equal(textOf(parseXml('<A/>', 'A'), 'B'), undefined);
});

test('entities and CDATA stand for what they say', () => {
  assert.equal(textOf(parseXml('<A><B>&lt;&amp;&gt;&quot;&apos;&#x41;&#66;<![CDATA[<&>]]>&#13;é</B></A>', 'A'), 'B'), '<&>"\'AB<&>\ré');
});

test('what is not well-formed is malformed, and no entity is declared or expanded', () => {
  const documents = [
    '',
    'text',
    '<A>',
    '<A></B>',
    '<A/><A/>',
    '<A>&bogus;</A>',
    '<A>&#0;</A>',
    '<A b=c/>',
    '<A>\u0001</A>',
    '<p:A/>',
    '<B/>',
    '<!DOCTYPE A><A/>',
    '<!DOCTYPE A [<!ENTITY x "y">]><A>&x;</A>',
    '<!DOCTYPE A SYSTEM "file:///etc/passwd"><A/>',
    '<A>'.repeat(40) + '</A>'.repeat(40),
    Buffer.from([0x3c, 0x41, 0x3e, 0xff, 0x3c, 0x2f, 0x41, 0x3e]),
  ];
  for (const document of documents) assert.throws(() => parseXml(document, 'A'), isMalformed, String(document).slice(0, 60));
  const twice = parseXml('<A><B>1</B><B>2</B></A>', 'A');
  assert.throws(() => textOf(twice, 'B'), isMalformed);
  assert.throws(() => requiredChild(twice, 'C'), isMalformed);
  assert.throws(() => textOf(parseXml('<A><B><C/></B></A>', 'A'), 'B'), isMalformed);
});

test('no input breaks the parser in another way', () => {
  const fragments = fc.array(
    fc.constantFrom('<A>', '</A>', '<A', '/>', '&', ';', '&#x', '<!', '[CDATA[', ']]>', '"', "'", 'é', '\0', ' ', 'x="1"', '<?', '?>'),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fragments.map((each) => `<A>${each.join('')}</A>`),
        fc.string(),
      ),
      (text) => {
        try {
          parseXml(text, 'A');
        } catch (error) {
          assert.ok(isMalformed(error), String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('what is written is read back', () => {
  const xmlText = fc
    .string({ unit: 'binary' })
    .filter((text) => /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]*$/u.test(text) || /^[^\p{C}]*$/u.test(text));
  fc.assert(
    fc.property(xmlText, fc.array(xmlText), (first, keys) => {
      const document = xmlDocument('List', [['Name', first], undefined, ...keys.map((key) => ['Item', [['Key', key]]] as const)]);
      const root = parseXml(document, 'List');
      assert.equal(textOf(root, 'Name'), first);
      assert.deepEqual(
        childrenOf(root, 'Item').map((item) => textOf(item, 'Key')),
        keys,
      );
    }),
  );
});

test("documents have S3's exact form", () => {
  assert.equal(
    xmlDocument('R', [['Prefix', ''], ['N', 5], ['B', false], ['Key', 'a&<>"\'\r\u0001b'], undefined, ['Empty', []]]),
    '<?xml version="1.0" encoding="UTF-8"?>\n<R xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Prefix></Prefix><N>5</N><B>false</B>' +
      "<Key>a&amp;&lt;&gt;&quot;'&#xd;&#x1;b</Key><Empty></Empty></R>",
  );
  assert.equal(renderXml(['A', 1n, 'x="y"']), '<?xml version="1.0" encoding="UTF-8"?>\n<A x="y">1</A>');
});

test('an error document', () => {
  const error = new S3Error('NoSuchKey', { fields: { Key: 'a<b' }, cause: new Error('secret') });
  assert.equal(error.status, 404);
  assert.equal(
    renderErrorXml(error, { resource: '/bucket/a%3Cb', requestId: 'R', hostId: 'H' }),
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&lt;b</Key>' +
      '<Resource>/bucket/a%3Cb</Resource><RequestId>R</RequestId><HostId>H</HostId></Error>',
  );
});

test('every error has an HTTP status for errors (or a redirect) and a message', () => {
  for (const [code, { status, message }] of Object.entries(S3_ERRORS)) assert.ok(status >= 300 && status < 600 && message.length > 0, code);
});
