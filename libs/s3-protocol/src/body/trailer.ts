import { S3Error } from '../s3-error.ts';

const SIGNATURE = 'x-amz-trailer-signature';

/** The headers after the last chunk. */
export interface Trailer {
  /** By lower-case name, without the signature. */
  readonly fields: ReadonlyMap<string, string>;
  readonly signature: string | undefined;
}

/**
 * Lines may end in CRLF or LF, and empty lines may stand anywhere: clients differ, and AWS's own page shows a signed trailer
 * with a blank line before its signature. Throws MalformedTrailerError.
 */
export function parseTrailer(bytes: Buffer): Trailer {
  const fields = new Map<string, string>();
  for (const line of bytes.toString('latin1').split('\n')) {
    const text = withoutOptionalWhitespace(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (text === '') continue;
    const colon = text.indexOf(':');
    const name = withoutOptionalWhitespace(text.slice(0, Math.max(colon, 0))).toLowerCase();
    if (name === '' || fields.has(name)) throw new S3Error('MalformedTrailerError');
    fields.set(name, withoutOptionalWhitespace(text.slice(colon + 1)));
  }
  const signature = fields.get(SIGNATURE);
  fields.delete(SIGNATURE);
  return { fields, signature };
}

/** Without the spaces and tabs that may stand around a field's value (RFC 9110, 5.6.3); `trim` would take form feeds and more. */
function withoutOptionalWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpaceOrTab(text.charCodeAt(start))) start++;
  while (end > start && isSpaceOrTab(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpaceOrTab(charCode: number): boolean {
  return charCode === 0x20 || charCode === 0x09;
}

/** As it is signed: `name:value` lines in order of their names. */
export function canonicalTrailer(trailer: Trailer): string {
  return [...trailer.fields]
    .map(([name, value]) => `${name}:${value}\n`)
    .sort()
    .join('');
}
