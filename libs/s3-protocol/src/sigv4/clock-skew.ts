import { S3Error } from '../s3-error.ts';

/** How far a client's clock may be from ours. Source: "Time stamp requirement", S3 developer guide. */
export const MAX_SKEW_MS = 15 * 60_000;

export function timeTooSkewed(requestTime: string, nowMs: number): S3Error {
  return new S3Error('RequestTimeTooSkewed', {
    fields: {
      RequestTime: requestTime,
      ServerTime: new Date(nowMs).toISOString().replace(/\.\d{3}/, ''),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
    },
  });
}
