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
    const text = line.trim();
    if (text === '') continue;
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name === '' || fields.has(name)) throw new S3Error('MalformedTrailerError');
    fields.set(name, text.slice(colon + 1).trim());
  }
  const signature = fields.get(SIGNATURE);
  fields.delete(SIGNATURE);
  return { fields, signature };
}

/** As it is signed: `name:value` lines in order of their names. */
export function canonicalTrailer(trailer: Trailer): string {
  return [...trailer.fields]
    .map(([name, value]) => `${name}:${value}\n`)
    .sort()
    .join('');
}
