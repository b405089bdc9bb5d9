import { renderXml, type XmlElement } from '@pilvi/xml';
import type { S3Error } from './s3-error.ts';

/** The error document: code, message, the error's own fields, then where and in which request it happened. */
export function renderErrorXml(
  error: S3Error,
  context: { readonly resource?: string; readonly requestId: string; readonly hostId: string },
): string {
  const elements: XmlElement[] = [['Code', error.code], ['Message', error.message], ...Object.entries(error.fields)];
  if (context.resource !== undefined) elements.push(['Resource', context.resource]);
  elements.push(['RequestId', context.requestId], ['HostId', context.hostId]);
  return renderXml(['Error', elements]);
}
