/** Told of every request, for who counts them. */
export interface RequestObserver {
  began(): void;
  ended(request: EndedRequest): void;
}

export interface EndedRequest {
  /** As in the S3 API reference; empty for what is no operation. */
  readonly operation: string;
  readonly status: number;
  /** The client went away before its answer. */
  readonly aborted: boolean;
  /** Of an S3 error, however it was told. */
  readonly errorCode: string | undefined;
  readonly tookMs: number;
  /** The declared length of a body that was read to its end; 0 when it was not, or none was declared. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}
