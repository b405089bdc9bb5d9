import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { LoadError } from '../load-error.ts';
import { ResponseParser } from './response-parser.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** As the Host header says it. */
  readonly authority: string;
}

export interface Request {
  readonly method: string;
  /** Path and query, encoded. */
  readonly target: string;
  /** Lines ended by CRLF. */
  readonly headers: string;
  readonly body?: { readonly sizeBytes: number; readonly slices: Iterable<Buffer> };
  /** Pieces of the body of a good answer, in order; valid during the call. May throw. */
  readonly onData?: (bytes: Buffer) => void;
}

export interface Response {
  readonly status: number;
  /** The body of an answer that was not good, cut off; else empty. */
  readonly errorText: string;
}

const RESPONSE_TIMEOUT_MS = 60_000;
const LONGEST_ERROR_BYTES = 4096;

/** One keep-alive connection that carries one request at a time, opened when it is needed. */
export class Connection {
  readonly #endpoint: Endpoint;
  #socket: Socket | undefined;
  #parser: ResponseParser | undefined;
  #request: Request | undefined;
  #settle: { resolve: (response: Response) => void; reject: (error: Error) => void } | undefined;
  #status = 0;
  #errorText = '';

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Throws LoadError `connection`, `bad-response`, or what `onData` threw; the next request then opens a new connection. */
  async send(request: Request): Promise<Response> {
    const socket = this.#socket ?? (await this.#open());
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.#request = request;
    this.#settle = { resolve, reject };
    this.#status = 0;
    this.#errorText = '';
    this.#parser?.expect(request.method);
    try {
      const complete = await writeRequest(socket, request, promise);
      const response = await promise;
      // The server may still wait for the rest of the body.
      if (!complete) this.close();
      return response;
    } finally {
      this.#request = undefined;
      this.#settle = undefined;
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #open(): Promise<Socket> {
    const { host, port, tls } = this.#endpoint;
    // A benchmark is no place to find out whether a certificate suits its name.
    const socket = tls ? connectTls({ host, port, rejectUnauthorized: false }) : connectTcp({ host, port });
    try {
      await once(socket, tls ? 'secureConnect' : 'connect', { signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) });
    } catch (error) {
      socket.destroy();
      throw new LoadError('connection', `cannot connect to ${host}:${port}: ${(error as Error).message}`, { cause: error });
    }
    socket.setNoDelay(true);
    this.#parser = this.#createParser();
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#feed(socket, bytes));
    socket.on('error', (error) => this.#fail(socket, new LoadError('connection', error.message, { cause: error })));
    socket.on('close', () => this.#fail(socket, new LoadError('connection', 'the server closed the connection')));
    socket.setTimeout(RESPONSE_TIMEOUT_MS, () => this.#fail(socket, new LoadError('connection', 'no answer within a minute')));
    return socket;
  }

  #createParser(): ResponseParser {
    return new ResponseParser({
      onHead: (status) => {
        this.#status = status;
      },
      onData: (bytes) => {
        if (this.#status < 300) this.#request?.onData?.(bytes);
        else if (this.#errorText.length < LONGEST_ERROR_BYTES) this.#errorText += bytes.toString('utf8');
      },
      onEnd: (reusable) => {
        if (!reusable) this.close();
        this.#settle?.resolve({ status: this.#status, errorText: this.#errorText });
      },
    });
  }

  #feed(socket: Socket, bytes: Buffer): void {
    try {
      this.#parser?.feed(bytes);
    } catch (error) {
      this.#fail(socket, error as Error);
    }
  }

  /** What an earlier connection still says is of no interest. */
  #fail(socket: Socket, error: Error): void {
    if (this.#socket !== socket) return;
    this.close();
    this.#settle?.reject(error);
  }
}

/** Small bodies go out in one write with the head; large ones as the socket takes them. False: the answer came before the end of the body. */
async function writeRequest(socket: Socket, request: Request, answered: Promise<Response>): Promise<boolean> {
  const length = request.body === undefined ? '' : `content-length: ${request.body.sizeBytes}\r\n`;
  socket.cork();
  socket.write(`${request.method} ${request.target} HTTP/1.1\r\n${request.headers}${length}\r\n`, 'latin1');
  for (const slice of request.body?.slices ?? []) {
    if (socket.write(slice)) continue;
    socket.uncork();
    const early = await Promise.race([once(socket, 'drain').then(() => false), answered.then(() => true)]);
    if (early) return false;
    socket.cork();
  }
  socket.uncork();
  return true;
}
