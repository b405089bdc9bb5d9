import { QueryError } from './query-error.ts';

/** Decoded parameters of a request, by name. */
export type Form = ReadonlyMap<string, string>;

/** Far above what any action takes; below what would hurt. */
const MAX_PARAMETERS = 5_000;

/** `a=1&b=2`, URL-encoded: a request's body, or its query. Throws MalformedQueryString. */
export function parseForm(text: string): Form {
  const form = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    if (form.has(name)) throw new QueryError('MalformedQueryString', `The parameter ${name} was given more than once`);
    form.set(name, equals === -1 ? '' : decode(pair.slice(equals + 1)));
    if (form.size > MAX_PARAMETERS) throw new QueryError('MalformedQueryString', `A request may have ${MAX_PARAMETERS} parameters at most`);
  }
  return form;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new QueryError('MalformedQueryString', 'The query string contains a syntax error', { cause });
  }
}
