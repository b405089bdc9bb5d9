/** What a signature is good for: `AKID/20130524/us-east-1/s3/aws4_request`, taken apart. */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `yyyyMMdd` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** All after the access key id, as it goes into the string to sign. */
  readonly text: string;
}

/** How the two places where a credential can stand report what is wrong with it. */
export type Malformed = (what: string, fields?: Readonly<Record<string, string>>) => Error;

export interface ExpectedScope {
  readonly region: string;
  /** `s3`, and others that share the port. */
  readonly services: readonly string[];
}

/** Throws what `malformed` makes of S3's own wording. */
export function parseCredential(text: string, expected: ExpectedScope, malformed: Malformed): CredentialScope {
  const parts = text.split('/');
  if (parts.length < 5) throw malformed('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  // An access key id may itself hold a slash; the scope never does.
  const [date = '', region = '', service = '', terminal = ''] = parts.slice(-4);
  if (!/^\d{8}$/.test(date))
    throw malformed(`incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`);
  if (terminal !== 'aws4_request') throw malformed(`incorrect terminal "${terminal}". This endpoint uses "aws4_request".`);
  if (!expected.services.includes(service)) {
    throw malformed(`incorrect service "${service}". This endpoint belongs to "${expected.services.join('", "')}".`);
  }
  if (region !== expected.region) {
    throw malformed(`the region '${region}' is wrong; expecting '${expected.region}'`, { Region: expected.region });
  }
  return { accessKeyId: parts.slice(0, -4).join('/'), date, region, service, text: `${date}/${region}/${service}/${terminal}` };
}
