import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexFailure, IndexResult } from '@pilvi/contracts/index/v1/command';
import { ObjectStoreError } from './errors.ts';
import type { ObjectStoreErrorCode } from './object-store.ts';

type Outcome = NonNullable<IndexResult['outcome']>;
type ValueOf<Case extends Outcome['$case']> = Extract<Outcome, { $case: Case }>['value'];

/** The positive answer that a command has; throws ObjectStoreError for a negative one. */
export function answered<Case extends Outcome['$case']>(result: IndexResult, expected: Case): ValueOf<Case> {
  const { outcome } = result;
  if (outcome?.$case === 'failure') throw failureToError(outcome.value);
  if (outcome?.$case !== expected) throw new Error(`an index answer of kind ${outcome?.$case ?? 'none'} where ${expected} belongs`);
  return outcome.value as ValueOf<Case>;
}

/** The failure code of a negative answer. */
export function failureOf(result: IndexResult): IndexFailureCode | undefined {
  return result.outcome?.$case === 'failure' ? result.outcome.value.code : undefined;
}

/** One exhaustive table; the last two are retried before they come here. */
const CODES: Readonly<Record<Exclude<IndexFailureCode, 0 | typeof IndexFailureCode.INVALID_ARGUMENT>, ObjectStoreErrorCode>> = {
  [IndexFailureCode.NO_SUCH_KEY]: 'no-such-key',
  [IndexFailureCode.NO_SUCH_UPLOAD]: 'no-such-upload',
  [IndexFailureCode.PRECONDITION_FAILED]: 'precondition-failed',
  [IndexFailureCode.INVALID_PART]: 'invalid-part',
  [IndexFailureCode.INVALID_PART_ORDER]: 'invalid-part-order',
  [IndexFailureCode.ENTITY_TOO_SMALL]: 'entity-too-small',
  [IndexFailureCode.BAD_DIGEST]: 'bad-digest',
  [IndexFailureCode.BUCKET_SEALED]: 'bucket-sealed',
  [IndexFailureCode.BUCKET_NOT_EMPTY]: 'bucket-not-empty',
  [IndexFailureCode.DAMAGED]: 'damaged',
  [IndexFailureCode.INTENT_CLOSED]: 'unavailable',
  [IndexFailureCode.HOLDERS_STALE]: 'unavailable',
  [IndexFailureCode.SEAL_OVERTAKEN]: 'unavailable',
};

/** INVALID_ARGUMENT is our own bug: the edge refuses absurd values before. */
export function failureToError(failure: IndexFailure): Error {
  if (failure.code === IndexFailureCode.UNSPECIFIED || failure.code === IndexFailureCode.INVALID_ARGUMENT)
    return new Error(`the index refused a command as malformed: ${failure.detail}`);
  const details = {
    etag: failure.etag === '' ? undefined : failure.etag,
    partNumber: failure.partNumber === 0 ? undefined : failure.partNumber,
  };
  return new ObjectStoreError(CODES[failure.code], failure.detail, { details });
}
