import { QueryError, type QueryErrorCode } from '@pilvi/aws-query';
import { authenticate, type RequestHead, S3Error, type S3ErrorCode } from '@pilvi/s3-protocol';
import type { AccessKey } from '../s3/components.ts';
import type { QueryComponents } from './query-service.ts';

/** EC2 says no more than this of what is wrong with credentials. */
const AUTH_FAILURE = 'AWS was not able to validate the provided access credentials';
const BAD_TOKEN = 'The security token included in the request is invalid.';

/** What a refused signature is called by the Query APIs. */
const CODES: Partial<Record<S3ErrorCode, { readonly ec2: QueryErrorCode; readonly others: QueryErrorCode }>> = {
  InvalidAccessKeyId: { ec2: 'AuthFailure', others: 'InvalidClientTokenId' },
  InvalidToken: { ec2: 'AuthFailure', others: 'InvalidClientTokenId' },
  SignatureDoesNotMatch: { ec2: 'AuthFailure', others: 'SignatureDoesNotMatch' },
  RequestTimeTooSkewed: { ec2: 'RequestExpired', others: 'SignatureDoesNotMatch' },
  AuthorizationHeaderMalformed: { ec2: 'AuthFailure', others: 'SignatureDoesNotMatch' },
  AuthorizationQueryParametersError: { ec2: 'AuthFailure', others: 'SignatureDoesNotMatch' },
};

/** Who asks. The body must be part of what was signed, since the request is in it. Throws QueryError. */
export function verifyCaller({ credentials, region, clock }: QueryComponents, service: string, head: RequestHead): AccessKey {
  const proof = verify(() => authenticate(head, { lookup: credentials, region, nowMs: clock.wallMs(), services: [service] }));
  if (proof.kind === 'anonymous') throw new QueryError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  if (proof.payload.kind !== 'sha256' || proof.payload.hex !== head.bodySha256)
    throw new QueryError(
      service === 'ec2' ? 'AuthFailure' : 'SignatureDoesNotMatch',
      'The body of the request is not the one that was signed',
    );
  return proof.key;

  function verify<T>(check: () => T): T {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      throw refusal(service, error);
    }
  }
}

function refusal(service: string, error: S3Error): QueryError {
  const codes = CODES[error.code];
  if (codes === undefined) return new QueryError('IncompleteSignature', error.message, { cause: error });
  const code = service === 'ec2' ? codes.ec2 : codes.others;
  return new QueryError(code, WORDS[code] ?? error.message, { cause: error });
}

const WORDS: Partial<Record<QueryErrorCode, string>> = {
  AuthFailure: AUTH_FAILURE,
  InvalidClientTokenId: BAD_TOKEN,
  RequestExpired: 'Request has expired.',
};
