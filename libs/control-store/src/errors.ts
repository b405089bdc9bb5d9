import type { ControlStoreErrorCode } from './control-store.ts';

/** The one error of this library. */
export class ControlStoreError extends Error {
  override readonly name = 'ControlStoreError';
  readonly code: ControlStoreErrorCode;

  constructor(code: ControlStoreErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}
