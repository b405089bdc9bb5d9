import type { CredentialScope } from './credential-scope.ts';

/** A signature as a request presents it, well-formed but not yet verified. */
export interface Claim {
  readonly form: 'header' | 'query';
  readonly scope: CredentialScope;
  /** `20130524T000000Z` */
  readonly amzDate: string;
  /** Lower-case names, as they stand in the request. */
  readonly signedHeaders: readonly string[];
  /** The same, joined by semicolons. */
  readonly signedHeaderList: string;
  readonly signature: string;
  /** The last line of the canonical request. */
  readonly payload: string;
  readonly sessionToken: string | undefined;
}
