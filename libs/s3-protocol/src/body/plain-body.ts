import { S3Error } from '../s3-error.ts';

const NOTHING: ReadonlyMap<string, string> = new Map();

/** Takes a body's transfer coding off, piece by piece. */
export interface BodyDecoder {
  /** The data in this piece, sliced out of it. Throws S3Error. */
  push(piece: Buffer): readonly Buffer[];
  /** The piece before was the last: what the trailer says. Throws S3Error. */
  end(): ReadonlyMap<string, string>;
}

/** A body without a coding: only its length can be wrong. */
export function plainDecoder(sizeBytes: number): BodyDecoder {
  let leftBytes = sizeBytes;
  return {
    push: (piece) => {
      leftBytes -= piece.length;
      if (leftBytes < 0) throw new S3Error('IncompleteBody');
      return [piece];
    },
    end: () => {
      if (leftBytes > 0) throw new S3Error('IncompleteBody');
      return NOTHING;
    },
  };
}
