import { LoadError } from './load-error.ts';
import type { LoadPlan } from './load.ts';
import { WORKLOADS } from './operation.ts';
import type { Workload } from './operation.ts';
import type { Endpoint } from './http/connection.ts';

/** The command line, as text. */
export interface Flags {
  readonly endpoint?: string;
  readonly bucket: string;
  readonly size: string;
  readonly concurrency: string;
  readonly duration: string;
  readonly keys: string;
  readonly pageKeys: string;
  readonly signPayload: boolean;
  readonly prepared: boolean;
}

/** Flags and the AWS variables, validated once. Throws LoadError `bad-setting`. */
export function readPlan(workload: string, flags: Flags, env: NodeJS.ProcessEnv): LoadPlan {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new LoadError('bad-setting', 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set: eval "$(npx pilvi env)"');
  }
  return {
    endpoint: parseEndpoint(flags.endpoint ?? env['AWS_ENDPOINT_URL'] ?? 'http://127.0.0.1:9000'),
    credentials: { accessKeyId, secretAccessKey, region: env['AWS_REGION'] ?? 'us-east-1' },
    bucket: flags.bucket,
    workload: parseWorkload(workload),
    sizeBytes: parseSize(flags.size),
    concurrency: parseCount('--concurrency', flags.concurrency),
    durationMs: parseDuration(flags.duration),
    keys: parseCount('--keys', flags.keys),
    pageKeys: parseCount('--page-keys', flags.pageKeys),
    signPayload: flags.signPayload,
    prepared: flags.prepared,
  };
}

export function parseEndpoint(text: string): Endpoint {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) throw new LoadError('bad-setting', `no endpoint: "${text}"`);
  const tls = url.protocol === 'https:';
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replaceAll(/[[\]]/g, ''), port, tls, authority: url.host };
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

/** `4KiB`, `64MiB`, `1000`: bytes. */
export function parseSize(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text);
  const unit = UNIT_BYTES[parts?.[2] === '' ? 'B' : (parts?.[2] ?? '')];
  if (parts === null || unit === undefined) throw new LoadError('bad-setting', `no size: "${text}" (write 4KiB, 64MiB, ...)`);
  return Math.round(Number(parts[1]) * unit);
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, '': 1000 };

/** `15s`, `2m`, `500ms`: milliseconds. */
export function parseDuration(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m|)$/.exec(text);
  const unit = UNIT_MS[parts?.[2] ?? 'none'];
  if (parts === null || unit === undefined) throw new LoadError('bad-setting', `no duration: "${text}" (write 15s, 2m, ...)`);
  return Number(parts[1]) * unit;
}

function parseWorkload(text: string): Workload {
  const found = WORKLOADS.find((workload) => workload === text.toLowerCase());
  if (found === undefined) throw new LoadError('bad-setting', `no workload: "${text}" (there are ${WORKLOADS.join(', ')})`);
  return found;
}

function parseCount(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new LoadError('bad-setting', `${name} must be a whole number above 0, not "${text}"`);
  return value;
}
