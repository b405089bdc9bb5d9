export type ImageErrorCode =
  /** No image or disk of this name here. */
  | 'absent'
  /** The bytes are no image: neither an OCI nor a Docker archive nor a root tarball, or damaged. */
  | 'bad-image'
  /** The image is for another architecture than this machine's. */
  | 'wrong-architecture'
  | 'no-space'
  /** The machine lacks what is needed; the message names it. */
  | 'unsupported'
  /** A program of the system failed; the message carries its words. */
  | 'failed';

/** The one error of this library. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
