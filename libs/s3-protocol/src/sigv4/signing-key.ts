import { createHmac } from 'node:crypto';

/** Keys kept: a gateway sees few access keys at a time, and each has one signing key a day. */
const MAX_KEYS = 1024;
const keys = new Map<string, Buffer>();

/**
 * The key that signs for one day, region and service: four HMACs, remembered, since every request needs it.
 * Source: "Create a signed AWS API request", AWS IAM user guide.
 */
export function signingKey(secret: string, scope: { readonly date: string; readonly region: string; readonly service: string }): Buffer {
  const name = `${secret}\n${scope.date}\n${scope.region}\n${scope.service}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  let key = hmac(`AWS4${secret}`, scope.date);
  for (const part of [scope.region, scope.service, 'aws4_request']) key = hmac(key, part);
  if (keys.size >= MAX_KEYS) keys.delete(keys.keys().next().value ?? '');
  keys.set(name, key);
  return key;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
