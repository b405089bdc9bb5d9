import { isIPv4 } from 'node:net';
import { S3Error } from '@pilvi/s3-protocol';

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const RESERVED_PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const RESERVED_SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** Source: "General purpose bucket naming rules" in the S3 user guide. Throws InvalidBucketName. */
export function checkBucketName(name: string): void {
  const valid =
    NAME.test(name) &&
    !name.includes('..') &&
    !name.includes('.-') &&
    !name.includes('-.') &&
    !isIPv4(name) &&
    !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix)) &&
    !RESERVED_SUFFIXES.some((suffix) => name.endsWith(suffix));
  if (!valid) throw new S3Error('InvalidBucketName', { fields: { BucketName: name } });
}
