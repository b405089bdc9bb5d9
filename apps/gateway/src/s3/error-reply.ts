import type { HeaderList, TextReply } from './reply.ts';
import { type S3Error } from '@pilvi/s3-protocol';
import { renderXml, type XmlElement } from '@pilvi/xml';

/** Where an error happened, for the reader of its document. */
export interface ErrorPlace {
  /** Path of the request. */
  readonly resource: string;
  readonly requestId: string;
  readonly hostId: string;
}

/** An error as S3 puts it on the wire. */
export function errorReply(error: S3Error, place: ErrorPlace): TextReply {
  const headers: HeaderList = ['Content-Type', 'application/xml'];
  const size = error.fields['ActualObjectSize'];
  if (error.code === 'InvalidRange' && size !== undefined) headers.push('Content-Range', `bytes */${size}`);
  if (error.code === 'MethodNotAllowed') headers.push('Allow', 'GET, HEAD, PUT, POST, DELETE');
  if (error.status === 503) headers.push('Retry-After', '1');
  return { kind: 'text', status: error.status, headers, text: renderXml(errorElement(error, place)) };
}

export function errorElement(error: S3Error, place: ErrorPlace): XmlElement {
  return [
    'Error',
    [
      ['Code', error.code],
      ['Message', error.message],
      ...Object.entries(error.fields).map(([name, value]): XmlElement => [name, value]),
      ['Resource', place.resource],
      ['RequestId', place.requestId],
      ['HostId', place.hostId],
    ],
  ];
}
