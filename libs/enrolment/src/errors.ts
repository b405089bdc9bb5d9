/** Why an enrolment is refused; the message is for a person. */
export type EnrolmentErrorCode =
  /** The text is no token, no request or no answer. */
  | 'malformed'
  /** It was not made by whom it should be. */
  | 'not-authentic';

/** The one error of this library. */
export class EnrolmentError extends Error {
  override readonly name = 'EnrolmentError';
  readonly code: EnrolmentErrorCode;

  constructor(code: EnrolmentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
