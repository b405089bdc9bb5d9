/**
 * Calls `run` once, after the input that is already there was read, however often it is asked for in one turn of the event loop:
 * what many callers have to say goes out as one frame.
 */
export function oncePerTurn(run: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    setImmediate(() => {
      asked = false;
      run();
    });
  };
}

/** Takes from the front of `queue` what fits one frame: one item at least, then as long as `maxBytes` is not passed. */
export function takeFrame<T>(queue: T[], sizeOf: (item: T) => number, maxBytes: number): T[] {
  let bytes = 0;
  let count = 0;
  for (const item of queue) {
    bytes += sizeOf(item);
    if (count > 0 && bytes > maxBytes) break;
    count++;
  }
  return queue.splice(0, count);
}
