import type { Bucket } from '@pilvi/object-store';
import { S3Error, textOf, type XmlNode } from '@pilvi/s3-protocol';
import type { XmlElement } from '@pilvi/xml';

/** The name of the configuration document that holds a bucket's public access block. */
export const PUBLIC_ACCESS_BLOCK_DOCUMENT = 'public-access-block';
/** Stored when the block was removed: a bucket that was never asked has all four settings on, as AWS makes buckets. */
export const REMOVED = 'removed';

const SETTINGS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
type PublicAccessBlock = Record<(typeof SETTINGS)[number], boolean>;
const ALL: PublicAccessBlock = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

/** Undefined when it was removed. Nothing public can be granted yet, so no setting changes what anyone may do. */
export function publicAccessBlock(bucket: Bucket): PublicAccessBlock | undefined {
  const stored = bucket.configuration[PUBLIC_ACCESS_BLOCK_DOCUMENT];
  if (stored === undefined) return ALL;
  return stored === REMOVED ? undefined : (JSON.parse(stored) as PublicAccessBlock);
}

/** As it is stored. A setting left out is off. Throws MalformedXML. */
export function parsePublicAccessBlock(document: XmlNode): string {
  const block = Object.fromEntries(SETTINGS.map((name) => [name, isOn(textOf(document, name))]));
  return JSON.stringify(block);
}

export function publicAccessBlockElements(block: PublicAccessBlock): XmlElement[] {
  return SETTINGS.map((name): XmlElement => [name, block[name]]);
}

function isOn(text: string | undefined): boolean {
  const value = text?.toLowerCase() ?? 'false';
  if (value !== 'true' && value !== 'false') throw new S3Error('MalformedXML');
  return value === 'true';
}
