/**
 * In memory of its own: values live long here, and one must not keep the message, the file or Node's buffer pool alive that it was read into.
 * (`Buffer.from` takes small ones from the pool, 64 KiB at a time.)
 */
export function ownCopy(value: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(value.length);
  own.set(value);
  return own;
}
