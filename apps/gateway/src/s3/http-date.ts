/** Milliseconds since the epoch, or undefined for what is no date. Takes the formats of RFC 9110 section 5.6.7 and ISO 8601. */
export function parseHttpDate(text: string): number | undefined {
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** `Wed, 12 Oct 2009 17:50:00 GMT` */
export function httpDate(timeMs: bigint | number): string {
  return new Date(Number(timeMs)).toUTCString();
}

/** `2009-10-12T17:50:30.000Z`: as S3 writes times in XML, in whole seconds, so that they equal those of Last-Modified. */
export function xmlDate(timeMs: bigint | number): string {
  return new Date(Math.floor(Number(timeMs) / 1000) * 1000).toISOString();
}
