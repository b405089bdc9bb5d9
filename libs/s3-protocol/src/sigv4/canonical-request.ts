import { S3Error } from '../s3-error.ts';
import type { RequestHead, RequestHeaders } from '../request-head.ts';

/**
 * The text whose hash is signed, as latin1: header values stand in it byte for byte, everything else is ASCII.
 * S3 signs the path once encoded; all other services encode it twice.
 * Source: "Create a signed AWS API request", AWS IAM user guide, and "Signature calculations", S3 API reference.
 */
export function canonicalRequest(
  request: RequestHead,
  signed: { readonly service: string; readonly headers: readonly string[]; readonly headerList: string; readonly payload: string },
): string {
  const mark = request.url.indexOf('?');
  const path = canonicalPath(mark === -1 ? request.url : request.url.slice(0, mark));
  const query = mark === -1 ? '' : canonicalQuery(request.url.slice(mark + 1));
  let headers = '';
  for (const name of signed.headers) headers += `${name}:${canonicalValue(request.headers, name)}\n`;
  const uri = signed.service === 's3' ? path : encodePath(path);
  return `${request.method}\n${uri}\n${query}\n${headers}\n${signed.headerList}\n${signed.payload}`;
}

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;
const UNRESERVED_PATH = /^[A-Za-z0-9\-._~/]*$/;

function canonicalPath(path: string): string {
  return UNRESERVED_PATH.test(path) ? path : encodePath(decode(path));
}

function encodePath(path: string): string {
  return encode(path).replaceAll('%2F', '/');
}

/** Pairs in order of their encoded names, then values; the signature itself is left out. */
function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs: [name: string, value: string][] = [];
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = canonicalComponent(equals === -1 ? pair : pair.slice(0, equals));
    if (name === 'X-Amz-Signature') continue;
    pairs.push([name, equals === -1 ? '' : canonicalComponent(pair.slice(equals + 1))]);
  }
  pairs.sort(byNameThenValue);
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function byNameThenValue(a: readonly [string, string], b: readonly [string, string]): number {
  const [left, right] = a[0] === b[0] ? [a[1], b[1]] : [a[0], b[0]];
  return left < right ? -1 : left > right ? 1 : 0;
}

function canonicalComponent(text: string): string {
  return UNRESERVED.test(text) ? text : encode(decode(text.replaceAll('+', ' ')));
}

/** Trimmed, runs of white space made one space; empty for a header that is not there. */
function canonicalValue(headers: RequestHeaders, name: string): string {
  const value = Object.hasOwn(headers, name) ? (headers[name] ?? '') : ''; // the names are the client's: mind `constructor`
  return /^\s|\s$|\s\s|[\t\n\r]/.test(value) ? value.trim().replace(/\s+/g, ' ') : value;
}

/** Percent-encoded UTF-8 but for unreserved characters (RFC 3986, section 2.3). */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decode(text: string): string {
  try {
    const utf8 = /[^\x00-\x7f]/.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text;
    return decodeURIComponent(utf8);
  } catch (cause) {
    throw new S3Error('InvalidURI', { cause });
  }
}
