/** Header values by lower-case name, as node:http gives them (latin1; repeated ones joined). */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** What of a request is known before its body. */
export interface RequestHead {
  readonly method: string;
  /** The request target as it stands in the request line: path and query, still encoded. */
  readonly url: string;
  readonly headers: RequestHeaders;
  /** SHA-256 of the body in hexadecimal, for services other than S3, whose clients sign it without naming it in a header. */
  readonly bodySha256?: string;
}
