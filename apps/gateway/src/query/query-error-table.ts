import { QueryError } from '@pilvi/aws-query';
import { ControlStoreError } from '@pilvi/control-store';

/** What the client is told of any error: our own as they are, the control store's by kind, all else InternalError. */
export function toQueryError(error: unknown): QueryError {
  if (error instanceof QueryError) return error;
  if (error instanceof ControlStoreError && error.code !== 'outcome-unknown')
    return new QueryError('Unavailable', 'The server is overloaded and cannot handle the request. Try again.', { cause: error });
  return new QueryError('InternalError', 'An internal error has occurred', { cause: error });
}
