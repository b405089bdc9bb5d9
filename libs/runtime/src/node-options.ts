/**
 * V8 options for a process that moves object bytes, given before the program on Node's command line.
 *
 * Without them V8 counts the memory of Buffers apart from its heap, and runs a full mark-compact for every few MiB of chunks that pass
 * (measured: one per 2.8 MiB of a PUT, two fifths of a process's time). Counted within the heap's own limit, which begins at 128 MiB,
 * the Buffers of past chunks are freed by scavenges instead.
 */
export const NODE_OPTIONS_FOR_BUFFERS: readonly string[] = [
  '--external-memory-accounted-in-global-limit',
  '--external-memory-max-growing-factor=4',
  '--initial-heap-size=128',
];

/**
 * Environment of such a process.
 *
 * For glibc's malloc (mallopt(3)): freed 1 MiB buffers are kept for the next ones. Handed back to the system each time, every chunk pays for its page
 * faults again, which cost more than copying it. At most 64 MiB stay unused.
 *
 * For libuv: a thread of its pool waits for the disk while it fsyncs a chunk; of four, none would be left for a small write.
 */
export const ENVIRONMENT_FOR_BUFFERS: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: String(32 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(64 * 1024 * 1024),
  UV_THREADPOOL_SIZE: '32',
};
