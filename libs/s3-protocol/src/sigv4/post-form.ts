import { S3Error } from '../s3-error.ts';
import type { RequestHead } from '../request-head.ts';

/**
 * Browser uploads by POST authenticate in the fields of their form ("Browser-based uploads using POST", S3 API reference). They
 * are not built: this is where a claim would be read from the policy. Throws NotImplemented for such a request.
 */
export function refusePostForm(request: RequestHead): void {
  const type = request.headers['content-type'];
  if (request.method !== 'POST' || !type?.toLowerCase().startsWith('multipart/form-data')) return;
  throw new S3Error('NotImplemented', { fields: { Header: 'Content-Type' } });
}
