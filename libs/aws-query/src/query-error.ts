import { QUERY_ERRORS, type QueryErrorCode } from './error-codes.ts';

/** An answer other than success, as the AWS Query APIs give it. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly code: QueryErrorCode;
  /** HTTP status. */
  readonly status: number;

  /** `cause` is kept for our logs; a client never sees it. */
  constructor(code: QueryErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
    this.status = QUERY_ERRORS[code];
  }
}

export function missingParameter(name: string): QueryError {
  return new QueryError('MissingParameter', `The request must contain the parameter ${name}`);
}

export function invalidParameter(name: string, value: string, why = 'Invalid value.'): QueryError {
  return new QueryError('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid. ${why}`);
}
