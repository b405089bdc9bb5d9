export type NetworkErrorCode =
  /** This machine cannot carry instances' networks; `missing` says what would change that. */
  | 'unavailable'
  /** What is asked for is right, but not done here. */
  | 'unsupported'
  /** An address, an id or a rule is malformed. */
  | 'invalid'
  /** There is no such instance on this node's network. */
  | 'absent'
  /** An address or a range is in use. */
  | 'in-use'
  /** `ip`, `nft` or the like refused; the message has its words. */
  | 'command-failed';

/** The one error of this library. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: NetworkErrorCode;
  /** With code `unavailable`: one line each, for people. */
  readonly missing: readonly string[];

  constructor(code: NetworkErrorCode, message: string, options: { missing?: readonly string[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.missing = options.missing ?? [];
  }
}
