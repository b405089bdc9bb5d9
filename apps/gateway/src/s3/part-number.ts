import { S3Error } from '@pilvi/s3-protocol';
import type { Exchange } from './exchange.ts';

export const MAX_PARTS = 10_000;

/** The part and upload that UploadPart and UploadPartCopy name. Throws InvalidArgument. */
export function namedPart(exchange: Exchange): { uploadId: string; partNumber: number } {
  const text = exchange.query.get('partNumber');
  if (text === undefined)
    throw new S3Error('InvalidArgument', { message: 'This operation requires a partNumber', fields: { ArgumentName: 'partNumber' } });
  const partNumber = Number(text);
  if (!/^\d{1,9}$/.test(text) || partNumber < 1 || partNumber > MAX_PARTS) {
    throw new S3Error('InvalidArgument', {
      message: `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`,
      fields: { ArgumentName: 'partNumber', ArgumentValue: text },
    });
  }
  return { uploadId: exchange.query.get('uploadId') ?? '', partNumber };
}
