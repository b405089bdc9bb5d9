import { S3Error } from '@pilvi/s3-protocol';
import type { Query, RequestTarget } from './request-target.ts';
import { ROUTES, type Target } from './routes.ts';
import { SUBRESOURCES } from './subresources.ts';
import type { Verb } from './verb.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS']);
const verbs: ReadonlyMap<string, Verb> = new Map(
  ROUTES.map(([method, target, subresource, verb]) => [routeKey(method, target, subresource), verb]),
);

/** The operation a request asks for: one lookup. Throws MethodNotAllowed, and NotImplemented for what S3 knows and Pilvi does not. */
export function findVerb(method: string, target: RequestTarget, isCopy: boolean): Verb {
  const kind: Target = target.bucket === '' ? 'service' : target.key === '' ? 'bucket' : 'object';
  const named = target.query.size === 0 || method === 'OPTIONS' ? '' : subresourceOf(kind, target.query);
  const subresource = isCopy && method === 'PUT' && kind === 'object' ? copyForm(named) : named;
  const verb = verbs.get(routeKey(method, kind, subresource));
  if (verb !== undefined) return verb;
  if (!METHODS.has(method)) throw new S3Error('MethodNotAllowed', { fields: { Method: method, ResourceType: kind.toUpperCase() } });
  if (named !== '' || (method === 'POST' && kind === 'bucket')) throw notImplemented(method, kind, named);
  throw new S3Error('MethodNotAllowed', { fields: { Method: method, ResourceType: kind.toUpperCase() } });
}

function routeKey(method: string, target: Target, subresource: string): string {
  return `${method} ${target} ${subresource}`;
}

/** The sub-resource a query names: the first parameter that is one. */
function subresourceOf(kind: Target, query: Query): string {
  const known = SUBRESOURCES[kind];
  for (const name of query.keys()) if (known.has(name)) return name;
  return '';
}

function copyForm(subresource: string): string {
  if (subresource === '') return 'copy';
  return subresource === 'uploadId' ? 'uploadId+copy' : subresource;
}

function notImplemented(method: string, kind: Target, subresource: string): S3Error {
  const what = subresource === '' ? `${method} ${kind}` : `${method} ${kind}?${subresource}`;
  return new S3Error('NotImplemented', {
    message: `A header or query you provided implies functionality that is not implemented: ${what}`,
  });
}
