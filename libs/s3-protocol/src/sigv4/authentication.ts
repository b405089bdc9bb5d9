import type { PayloadForm } from './payload-form.ts';

/** What a request proved about its sender. `Key` is what the caller's lookup gave. */
export type Authentication<Key extends AccessKeySecret> = AnonymousRequest | SignedRequest<Key>;

/** Unsigned: whether that is allowed is for `authorize` to say. */
export interface AnonymousRequest {
  readonly kind: 'anonymous';
  readonly payload: PayloadForm;
}

export interface SignedRequest<Key extends AccessKeySecret> {
  readonly kind: 'signed';
  /** Where the signature stood: the Authorization header, or the query of a presigned URL. */
  readonly form: 'header' | 'query';
  readonly accessKeyId: string;
  readonly key: Key;
  /** Of the credential scope: `s3`, `ec2`, ... */
  readonly service: string;
  readonly payload: PayloadForm;
  /** Absent for a URL presigned by version 2. */
  readonly seed?: SignatureSeed;
}

/** What the lookup must know of an access key. */
export interface AccessKeySecret {
  readonly secret: string;
  /** Of temporary credentials: the request must carry it. */
  readonly sessionToken?: string;
}

/** From which the signatures of aws-chunked bodies go on. */
export interface SignatureSeed {
  readonly accessKeyId: string;
  readonly signingKey: Buffer;
  /** `20130524T000000Z` */
  readonly amzDate: string;
  /** `20130524/us-east-1/s3/aws4_request` */
  readonly scope: string;
  /** Of the request's head, in hexadecimal. */
  readonly signature: string;
}
