import { renderXml, type XmlElement } from '@pilvi/xml';

/** HTTP headers as Node writes them fastest: name, value, name, value. */
export type HeaderList = string[];

/** What a verb answers; `send-reply.ts` and `send-slow-reply.ts` put it on the wire. */
export type Reply = TextReply | BytesReply | HeadersReply | SlowReply;

export interface TextReply {
  readonly kind: 'text';
  readonly status: number;
  readonly headers: HeaderList;
  readonly text: string;
}

export interface BytesReply {
  readonly kind: 'bytes';
  readonly status: number;
  /** With Content-Length. */
  readonly headers: HeaderList;
  readonly sizeBytes: number;
  readonly bytes: AsyncIterable<Buffer>;
}

/** Without a body: 204, 304, or a HEAD whose headers say what a GET would bring. */
export interface HeadersReply {
  readonly kind: 'headers';
  readonly status: number;
  readonly headers: HeaderList;
}

/** Work that may outlast a client's patience. */
export interface SlowReply {
  readonly kind: 'slow';
  readonly work: Promise<SlowResult>;
}

/** The end of slow work: the headers are lost when the status line has gone out already. */
export interface SlowResult {
  readonly headers: HeaderList;
  readonly document: XmlElement;
}

export function xmlReply(document: XmlElement, headers: HeaderList = []): TextReply {
  return { kind: 'text', status: 200, headers: ['Content-Type', 'application/xml', ...headers], text: renderXml(document) };
}

/** An empty 200. */
export function emptyReply(headers: HeaderList = []): TextReply {
  return { kind: 'text', status: 200, headers, text: '' };
}

export function noContent(headers: HeaderList = []): HeadersReply {
  return { kind: 'headers', status: 204, headers };
}
