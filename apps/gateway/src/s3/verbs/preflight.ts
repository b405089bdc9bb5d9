import { S3Error } from '@pilvi/s3-protocol';
import type { PreflightVerb } from '../verb.ts';

/** No bucket has a CORS configuration yet, so no preflight is granted. */
export const preflight: PreflightVerb = {
  on: 'preflight',
  name: 'Preflight',
  action: 's3:GetBucketCORS',
  run: async (exchange) => {
    if (exchange.headers['origin'] === undefined || exchange.headers['access-control-request-method'] === undefined) {
      throw new S3Error('BadRequest', { message: 'Insufficient information. Origin request header needed.' });
    }
    throw new S3Error('AccessForbidden', { message: 'CORSResponse: CORS is not enabled for this bucket.' });
  },
};
