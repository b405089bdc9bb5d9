import { LoadError } from '../load-error.ts';

const LONGEST_HEAD_BYTES = 64 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');

export interface ResponseHandlers {
  readonly onHead: (status: number) => void;
  /** A piece of the body, valid during the call. */
  readonly onData: (bytes: Buffer) => void;
  /** `reusable`: the connection may carry another request. */
  readonly onEnd: (reusable: boolean) => void;
}

/** The body's framing (RFC 9112, 6.3), and what is left of it. */
type State =
  | { readonly kind: 'head' }
  | { readonly kind: 'length'; leftBytes: number }
  | { readonly kind: 'chunk-size' }
  | { readonly kind: 'chunk'; leftBytes: number }
  | { readonly kind: 'trailer' };

/**
 * Reads the responses of one HTTP/1.1 connection, one after the other. Only what a load generator needs of HTTP: `node:http` costs
 * about three times the processor time per request.
 */
export class ResponseParser {
  readonly #handlers: ResponseHandlers;
  #state: State = { kind: 'head' };
  #pending: Buffer = Buffer.alloc(0);
  #reusable = true;
  #headOnly = false;

  constructor(handlers: ResponseHandlers) {
    this.#handlers = handlers;
  }

  /** Call before each request: the answer to HEAD has no body whatever its length says. */
  expect(method: string): void {
    this.#headOnly = method === 'HEAD';
  }

  /** Throws LoadError `bad-response`. */
  feed(bytes: Buffer): void {
    let rest = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    this.#pending = Buffer.alloc(0);
    while (rest.length > 0) {
      const taken = this.#step(rest);
      if (taken === 0) {
        if (rest.length > LONGEST_HEAD_BYTES) throw new LoadError('bad-response', 'the head of a response has no end');
        this.#pending = rest;
        return;
      }
      rest = rest.subarray(taken);
    }
  }

  /** How many bytes were used; 0 asks for more. */
  #step(bytes: Buffer): number {
    switch (this.#state.kind) {
      case 'head':
        return this.#head(bytes);
      case 'length':
      case 'chunk': {
        const piece = bytes.subarray(0, this.#state.leftBytes);
        this.#state.leftBytes -= piece.length;
        this.#handlers.onData(piece);
        if (this.#state.leftBytes > 0) return piece.length;
        if (this.#state.kind === 'length') this.#end();
        else this.#state = { kind: 'chunk-size' };
        return piece.length;
      }
      case 'chunk-size':
        return this.#chunkSize(bytes);
      case 'trailer':
        return this.#trailer(bytes);
    }
  }

  #head(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return 0;
    const head = bytes.toString('latin1', 0, end + 2).toLowerCase();
    const status = Number(head.slice(9, 12));
    if (!head.startsWith('http/1.1 ') || !(status >= 100)) throw new LoadError('bad-response', `not HTTP/1.1: ${head.slice(0, 40)}`);
    const taken = end + HEAD_END.length;
    if (status < 200) return taken;
    this.#reusable = !head.includes('\r\nconnection: close\r\n');
    this.#handlers.onHead(status);
    const length = /\r\ncontent-length: *(\d+)/.exec(head);
    if (this.#headOnly || status === 204 || status === 304) this.#end();
    else if (head.includes('\r\ntransfer-encoding: chunked\r\n')) this.#state = { kind: 'chunk-size' };
    else if (length === null) throw new LoadError('bad-response', 'a response of unknown length');
    else if (Number(length[1]) === 0) this.#end();
    else this.#state = { kind: 'length', leftBytes: Number(length[1]) };
    return taken;
  }

  /** After each chunk's data stands a CRLF, which the next size line is read past. */
  #chunkSize(bytes: Buffer): number {
    const start = bytes[0] === 0x0d ? 2 : 0;
    const end = bytes.indexOf('\r\n', start);
    if (end < 0) return 0;
    const size = Number.parseInt(bytes.toString('latin1', start, end), 16);
    if (!(size >= 0)) throw new LoadError('bad-response', 'a chunk without a size');
    this.#state = size === 0 ? { kind: 'trailer' } : { kind: 'chunk', leftBytes: size };
    return end + 2;
  }

  #trailer(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n');
    if (end < 0) return 0;
    if (end === 0) this.#end();
    return end + 2;
  }

  #end(): void {
    this.#state = { kind: 'head' };
    this.#handlers.onEnd(this.#reusable);
  }
}
