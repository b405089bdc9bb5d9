import type { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';
import { directory, textAt } from './metadata-directory.ts';
import { identityDocument, metadataTree } from './metadata-tree.ts';
import type { GroupNames } from './metadata-tree.ts';
import { TTL_MAX_SECONDS } from './session-tokens.ts';
import type { SessionTokens } from './session-tokens.ts';
import { VERSIONS } from './versions.ts';

/** What matters of a request. Header names in lower case. */
export interface MetadataRequest {
  readonly method: string;
  /** With the query, as it came. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface MetadataAnswer {
  readonly status: 200 | 400 | 401 | 403 | 404 | 405 | 503;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const TOKEN_PATH = ['latest', 'api', 'token'];
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

/**
 * What the metadata service answers an instance.
 * Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html and configuring-instance-metadata-service.html
 */
export function answer(
  request: MetadataRequest,
  instance: DesiredInstance,
  { tokens, groupNames }: { tokens: SessionTokens; groupNames: GroupNames },
): MetadataAnswer {
  // Turned off.
  if (instance.metadata?.enabled !== true) return { status: 403 };
  const path = pathOf(request.url);
  if (path === undefined) return { status: 400 };
  if (path.join('/') === TOKEN_PATH.join('/')) return issueToken(request, instance.instanceId, tokens);
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, headers: { allow: 'GET, HEAD' } };

  const token = request.headers[TOKEN_HEADER];
  const remaining = typeof token === 'string' ? tokens.remainingSeconds(instance.instanceId, token) : undefined;
  // A wrong token is refused even where none is needed: its bearer believes in it.
  if (remaining === undefined && (token !== undefined || instance.metadata.tokensRequired)) return { status: 401 };
  const found = find(path, instance, groupNames);
  if (found === undefined) return { status: 404 };
  return { ...found, headers: { ...found.headers, ...(remaining !== undefined && { [TTL_HEADER]: String(remaining) }) } };
}

function issueToken({ method, headers }: MetadataRequest, instanceId: string, tokens: SessionTokens): MetadataAnswer {
  if (method !== 'PUT') return { status: 405, headers: { allow: 'PUT' } };
  // A proxy that passes on what strangers send would hand them the token.
  if (headers['x-forwarded-for'] !== undefined) return { status: 403 };
  const asked = headers[TTL_HEADER];
  const ttlSeconds = typeof asked === 'string' && /^\d{1,5}$/.test(asked) ? Number(asked) : 0;
  if (ttlSeconds < 1 || ttlSeconds > TTL_MAX_SECONDS) return { status: 400 };
  return { status: 200, headers: { [TTL_HEADER]: String(ttlSeconds) }, body: tokens.issue(instanceId, ttlSeconds) };
}

function find([version, ...path]: readonly string[], instance: DesiredInstance, groupNames: GroupNames): MetadataAnswer | undefined {
  if (version === undefined) return { status: 200, body: VERSIONS.join('\n') };
  if (!VERSIONS.includes(version)) return undefined;
  const [part, ...rest] = path;
  switch (part) {
    case undefined:
      return { status: 200, body: ['dynamic', 'meta-data', ...(instance.userData.length > 0 ? ['user-data'] : [])].join('\n') };
    case 'user-data':
      if (rest.length > 0 || instance.userData.length === 0) return undefined;
      return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: instance.userData };
    case 'meta-data':
      return text(textAt(metadataTree(instance, groupNames), rest));
    case 'dynamic': {
      const found = text(textAt(directory({ 'instance-identity': directory({ document: identityDocument(instance) }) }), rest));
      return rest.length === 2 && found !== undefined ? { ...found, headers: { 'content-type': 'application/json' } } : found;
    }
    default:
      return undefined;
  }
}

function text(body: string | undefined): MetadataAnswer | undefined {
  return body === undefined ? undefined : { status: 200, body };
}

/** Slashes too many mean nothing. Undefined: it cannot be read. */
function pathOf(url: string): string[] | undefined {
  try {
    return url
      .split('?', 1)[0]!
      .split('/')
      .filter((name) => name !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
