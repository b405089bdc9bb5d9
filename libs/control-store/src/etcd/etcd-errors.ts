import { status } from '@grpc/grpc-js';
import { TransportError } from '@pilvi/transport';
import { ControlStoreError } from '../errors.ts';

/** What a failed attempt at one member means. */
export type Verdict =
  /** Another member would say the same. */
  | { readonly kind: 'final'; readonly error: ControlStoreError }
  /** Surely nothing was done: another member may be asked. */
  | { readonly kind: 'not-done'; readonly detail: string }
  /** It may have been done, or may be done yet. */
  | { readonly kind: 'perhaps-done'; readonly detail: string };

/**
 * etcd tells its errors by their texts (etcd api/v3rpc/rpctypes). These are decided before a request enters Raft's log, or
 * instead of applying it.
 */
const NOT_DONE = [
  'etcdserver: no leader',
  'etcdserver: too many requests',
  'etcdserver: mvcc: database space exceeded',
  'etcdserver: not capable',
  'etcdserver: rpc not supported for learner',
  // Of gRPC on this side: the connection broke, or was closed, before the request was given to it.
  'No connection established',
  'Channel closed before call started',
];

/** Refused for what they ask; no member would do it. */
const REFUSALS: readonly number[] = [
  status.INVALID_ARGUMENT,
  status.FAILED_PRECONDITION,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
  status.OUT_OF_RANGE,
];

/** Judges what gRPC reports, or TransportError with that as its cause. */
export function judge(error: unknown): Verdict {
  const { code, details } = reportOf(error);
  const final = (storeCode: ControlStoreError['code'], message: string): Verdict => ({
    kind: 'final',
    error: new ControlStoreError(storeCode, message, { cause: error }),
  });
  if (details.includes('requested lease not found')) return final('lease-not-found', 'there is no such lease');
  if (details.includes('has been compacted')) return final('compacted', 'this revision is compacted');
  if (isTooLarge(details)) return final('too-large', `etcd takes no transaction of this size: ${details}`);
  if (NOT_DONE.some((text) => details.startsWith(text))) return { kind: 'not-done', detail: details };
  if (code !== undefined && REFUSALS.includes(code)) return final('unavailable', `etcd refuses: ${details}`);
  return { kind: 'perhaps-done', detail: details };
}

/** etcd's limits (`--max-request-bytes`, 1.5 MiB by default; `--max-txn-ops`, 128), and gRPC's, which lies a little above the first. */
function isTooLarge(details: string): boolean {
  return /request is too large|too many operations in txn|message larger than max/.test(details);
}

function reportOf(error: unknown): { code: number | undefined; details: string } {
  const report: unknown = error instanceof TransportError && error.cause instanceof Error ? error.cause : error;
  if (!(report instanceof Error)) return { code: undefined, details: String(report) };
  const code = 'code' in report && typeof report.code === 'number' ? report.code : undefined;
  const details = 'details' in report && typeof report.details === 'string' ? report.details : report.message;
  return { code, details };
}
