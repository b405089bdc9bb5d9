export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Options for `new S3Client(...)` of the AWS SDK. */
export interface S3ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** `bucket.localhost` does not resolve everywhere. */
  readonly forcePathStyle: true;
}

export function s3ClientConfig(endpoint: string, region: string, credentials: Credentials): S3ClientConfig {
  return { endpoint, region, credentials, forcePathStyle: true };
}
