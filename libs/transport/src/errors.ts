import { status } from '@grpc/grpc-js';
import type { ServiceError, StatusObject } from '@grpc/grpc-js';

/** What went wrong between two processes. */
export type TransportErrorCode =
  /** The text of an address or its socket path cannot be used. */
  | 'bad-address'
  /** A socket path longer than the system's 107 bytes. */
  | 'path-too-long'
  /** TCP without certificates, or a socket in a directory that others may enter. */
  | 'insecure'
  /** A certificate or key is missing or cannot be read. */
  | 'bad-certificate'
  /** A living process serves this address. */
  | 'address-in-use'
  /** The other side cannot be reached: surely not sent. */
  | 'unavailable'
  /** The stream ended; `details.sent` false: the request surely never left this process. */
  | 'stream-closed'
  /** No answer in time; what was sent may have been done. */
  | 'deadline'
  /** The caller's signal aborted. */
  | 'cancelled'
  /** The other side refuses more work, or a message is too large. */
  | 'exhausted'
  /** The other side does not know us, or does not have the method. */
  | 'refused'
  /** The other side failed, or answered with a gRPC status without a meaning here. */
  | 'failed'
  /** This end was closed by its owner. */
  | 'closed';

export interface TransportErrorDetails {
  /** False: the request surely never left this process, and may be repeated anywhere. */
  readonly sent?: boolean;
  readonly address?: string;
  /** The gRPC status code, where there was one. */
  readonly grpcStatus?: number;
}

/** The one error of this library. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;
  readonly details: TransportErrorDetails;

  constructor(code: TransportErrorCode, message: string, options: { details?: TransportErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

const CODES: Readonly<Partial<Record<number, TransportErrorCode>>> = {
  [status.OK]: 'stream-closed',
  [status.CANCELLED]: 'cancelled',
  [status.UNKNOWN]: 'failed',
  [status.INVALID_ARGUMENT]: 'failed',
  [status.DEADLINE_EXCEEDED]: 'deadline',
  [status.NOT_FOUND]: 'failed',
  [status.ALREADY_EXISTS]: 'failed',
  [status.PERMISSION_DENIED]: 'refused',
  [status.RESOURCE_EXHAUSTED]: 'exhausted',
  [status.FAILED_PRECONDITION]: 'failed',
  [status.ABORTED]: 'failed',
  [status.OUT_OF_RANGE]: 'failed',
  [status.UNIMPLEMENTED]: 'refused',
  [status.INTERNAL]: 'failed',
  [status.UNAVAILABLE]: 'unavailable',
  [status.DATA_LOSS]: 'failed',
  [status.UNAUTHENTICATED]: 'refused',
};

/** Wraps what gRPC reports, once, at the boundary. */
export function fromStatus(reported: StatusObject | ServiceError, what: string): TransportError {
  const code = CODES[reported.code] ?? 'failed';
  return new TransportError(code, `${what}: ${reported.details}`, { details: { grpcStatus: reported.code }, cause: reported });
}
