import { S3Error } from '../s3-error.ts';
import type { ChunkSignatures } from './chunk-signatures.ts';
import { canonicalTrailer, parseTrailer } from './trailer.ts';

const MAX_CHUNK_HEADER_BYTES = 1024;
const MAX_TRAILER_BYTES = 16 * 1024;
/** Of every chunk but the last. */
const MIN_CHUNK_BYTES = 8192;
const LF = 0x0a;
const NO_BYTES = Buffer.alloc(0);
const CHUNK_HEADER = /^([0-9a-fA-F]{1,13})(?:;(.*))?\r\n$/;
const CHUNK_SIGNATURE = /^chunk-signature=([0-9a-fA-F]{64})$/;

export interface ChunkedForm {
  /** Of the decoded body. */
  readonly sizeBytes: number;
  /** Undefined when chunks are not signed. */
  readonly signatures: ChunkSignatures | undefined;
  /** Whether headers may follow the last chunk. */
  readonly trailer: boolean;
}

type State = 'header' | 'data' | 'data-end' | 'trailer';

/**
 * Takes the aws-chunked coding off a body, as its bytes come:
 * `<hex size>[;chunk-signature=...]CRLF <data> CRLF ... 0[;...]CRLF [trailer] CRLF`.
 * Data is sliced, never copied; what is held back is at most one chunk header or the trailer.
 * Source: "Transferring payload in multiple chunks", S3 API reference.
 */
export class AwsChunkedDecoder {
  readonly #form: ChunkedForm;
  #state: State = 'header';
  /** Bytes of a header, a chunk's CRLF or the trailer, that came in another piece. */
  #held: Buffer = NO_BYTES;
  #chunkLeftBytes = 0;
  #bodyLeftBytes: number;
  #chunks = 0;
  #lastChunkBytes = MIN_CHUNK_BYTES;

  constructor(form: ChunkedForm) {
    this.#form = form;
    this.#bodyLeftBytes = form.sizeBytes;
  }

  /** The data in this piece. Throws IncompleteBody, InvalidChunkSizeError, SignatureDoesNotMatch, MalformedTrailerError. */
  push(piece: Buffer): Buffer[] {
    const data: Buffer[] = [];
    let rest = piece;
    while (rest.length > 0) rest = this.#step(rest, data);
    return data;
  }

  /** The piece before was the last: the trailer's fields. Throws what `push` throws. */
  end(): ReadonlyMap<string, string> {
    if (this.#state !== 'trailer' || this.#bodyLeftBytes !== 0) throw new S3Error('IncompleteBody');
    const trailer = parseTrailer(this.#held);
    if (!this.#form.trailer && (trailer.fields.size > 0 || trailer.signature !== undefined)) throw new S3Error('MalformedTrailerError');
    if (this.#form.trailer) this.#form.signatures?.checkTrailer(canonicalTrailer(trailer), trailer.signature);
    return trailer.fields;
  }

  /** Takes what it can from the front; answers what is left. */
  #step(bytes: Buffer, data: Buffer[]): Buffer {
    switch (this.#state) {
      case 'header':
        return this.#takeHeader(bytes);
      case 'data': {
        const taken = bytes.subarray(0, this.#chunkLeftBytes);
        this.#form.signatures?.update(taken);
        data.push(taken);
        this.#chunkLeftBytes -= taken.length;
        if (this.#chunkLeftBytes === 0) {
          this.#form.signatures?.end();
          this.#state = 'data-end';
        }
        return bytes.subarray(taken.length);
      }
      case 'data-end':
        return this.#takeDataEnd(bytes);
      case 'trailer':
        if (this.#held.length + bytes.length > MAX_TRAILER_BYTES) throw new S3Error('MalformedTrailerError');
        this.#held = Buffer.concat([this.#held, bytes]);
        return NO_BYTES;
    }
  }

  #takeHeader(bytes: Buffer): Buffer {
    const end = bytes.indexOf(LF) + 1;
    const part = end === 0 ? bytes : bytes.subarray(0, end);
    if (this.#held.length + part.length > MAX_CHUNK_HEADER_BYTES) throw new S3Error('IncompleteBody');
    const header = this.#held.length === 0 ? part : Buffer.concat([this.#held, part]);
    if (end === 0) {
      this.#held = header;
      return NO_BYTES;
    }
    this.#held = NO_BYTES;
    this.#beginChunk(header.toString('latin1'));
    return bytes.subarray(end);
  }

  #beginChunk(header: string): void {
    const match = CHUNK_HEADER.exec(header);
    if (match === null) throw new S3Error('IncompleteBody');
    const sizeBytes = parseInt(match[1] ?? '', 16);
    if (sizeBytes > this.#bodyLeftBytes) throw new S3Error('IncompleteBody');
    if (sizeBytes > 0 && this.#lastChunkBytes < MIN_CHUNK_BYTES) {
      throw new S3Error('InvalidChunkSizeError', { fields: { Chunk: String(this.#chunks), BadChunkSize: String(this.#lastChunkBytes) } });
    }
    if (this.#form.signatures !== undefined) {
      const signature = CHUNK_SIGNATURE.exec(match[2] ?? '')?.[1];
      if (signature === undefined) throw new S3Error('IncompleteBody');
      this.#form.signatures.begin(signature);
      if (sizeBytes === 0) this.#form.signatures.end();
    }
    this.#chunks += 1;
    this.#lastChunkBytes = sizeBytes;
    this.#chunkLeftBytes = sizeBytes;
    this.#bodyLeftBytes -= sizeBytes;
    this.#state = sizeBytes === 0 ? 'trailer' : 'data';
  }

  #takeDataEnd(bytes: Buffer): Buffer {
    const wanted = 2 - this.#held.length;
    const ending = Buffer.concat([this.#held, bytes.subarray(0, wanted)]).toString('latin1');
    if (!'\r\n'.startsWith(ending)) throw new S3Error('IncompleteBody');
    if (ending.length === 2) {
      this.#held = NO_BYTES;
      this.#state = 'header';
    } else {
      this.#held = Buffer.from(ending, 'latin1');
    }
    return bytes.subarray(wanted);
  }
}
