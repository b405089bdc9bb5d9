export type LoadErrorCode = 'bad-setting' | 'connection' | 'bad-response' | 'wrong-answer' | 'wrong-bytes';

/** Why a request did not do what it should, or why the run cannot start. */
export class LoadError extends Error {
  readonly code: LoadErrorCode;

  constructor(code: LoadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LoadError';
    this.code = code;
  }
}
