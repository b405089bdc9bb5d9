import type { XmlContent, XmlElement } from '@pilvi/xml';

const S3_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** A root element in S3's namespace. */
export function document(name: string, content: XmlContent): XmlElement {
  return [name, content, S3_NAMESPACE];
}
