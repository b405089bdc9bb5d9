import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ResponseParser } from './response-parser.ts';

interface Seen {
  readonly status: number;
  body: string;
  reusable: boolean | undefined;
}

function parse(pieces: readonly Buffer[], method = 'GET'): Seen[] {
  const seen: Seen[] = [];
  const parser = new ResponseParser({
    onHead: (status) => seen.push({ status, body: '', reusable: undefined }),
    onData: (bytes) => (seen.at(-1)!.body += bytes.toString()),
    onEnd: (reusable) => (seen.at(-1)!.reusable = reusable),
  });
  parser.expect(method);
  for (const piece of pieces) parser.feed(piece);
  return seen;
}

const STREAM =
  'HTTP/1.1 100 Continue\r\n\r\n' +
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello' +
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-trailer: y\r\n\r\n' +
  'HTTP/1.1 204 No Content\r\n\r\n' +
  'HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

test('responses are the same however the bytes arrive', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 12 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
      const pieces = places.slice(1).map((end, i) => Buffer.from(STREAM.slice(places[i], end)));
      assert.deepEqual(parse(pieces), [
        { status: 200, body: 'hello', reusable: true },
        { status: 200, body: 'abc0123456789', reusable: true },
        { status: 204, body: '', reusable: true },
        { status: 503, body: '', reusable: false },
      ]);
    }),
  );
});

test('the answer to HEAD has no body', () => {
  assert.deepEqual(parse([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')], 'HEAD'), [
    { status: 200, body: '', reusable: true },
  ]);
});

test('what is not HTTP is refused', () => {
  assert.throws(() => parse([Buffer.from('SSH-2.0-OpenSSH\r\n\r\n')]), { code: 'bad-response' });
  assert.throws(() => parse([Buffer.from('HTTP/1.1 200 OK\r\n\r\nwithout end')]), { code: 'bad-response' });
});
