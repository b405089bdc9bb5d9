import type { Exchange } from './exchange.ts';
import type { XmlElement } from '@pilvi/xml';

/** The owner of a bucket or object: today the caller's own account, or an account known by its id alone. */
export function ownerElement(exchange: Exchange, canonicalId: string, name: 'Owner' | 'Initiator' | 'Grantee' = 'Owner'): XmlElement {
  const attributes = name === 'Grantee' ? 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"' : undefined;
  const own = exchange.principal?.canonicalId === canonicalId ? exchange.principal.displayName : undefined;
  const content: (XmlElement | undefined)[] = [['ID', canonicalId], own === undefined ? undefined : ['DisplayName', own]];
  return attributes === undefined ? [name, content] : [name, content, attributes];
}
