/** Answer to `POST /_pilvi/tokens`: a join token, told once. */
export interface NewTokenDocument {
  /** Names it; no secret. */
  readonly id: string;
  readonly token: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresMs: number;
}

/** Body of `GET /_pilvi/tokens`. */
export interface TokenListDocument {
  readonly tokens: readonly TokenStatus[];
}

export interface TokenStatus {
  readonly id: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** The machine that was enrolled with it; empty while it is unused. */
  readonly usedBy: string;
}
