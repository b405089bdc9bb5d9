/** Body of `GET /_pilvi/where?bucket=&key=`: which nodes hold each piece of an object. 404 when there is no such object. */
export interface WhereDocument {
  readonly bucket: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly partition: number;
  /** The index record first (its copies are the partition's replicas), then the chunks in the object's order. */
  readonly pieces: readonly PieceStatus[];
}

export interface PieceStatus {
  /** `record` carries the object itself when it is small enough to be inline. */
  readonly kind: 'record' | 'chunk';
  /** Chunk id in hexadecimal; empty for the record. */
  readonly id: string;
  /** Where the piece begins in the object. */
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly copies: readonly PieceCopy[];
}

/** `unreachable`: the node did not answer, so nobody knows. */
export type CopyState = 'sound' | 'missing' | 'damaged' | 'unreachable';

export interface PieceCopy {
  readonly node: string;
  readonly zone: string;
  readonly state: CopyState;
}
