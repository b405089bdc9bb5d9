/** Upper bounds for what a client waits for: 1 ms to half a minute. */
export const LATENCY_BUCKETS_SECONDS: number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Upper bounds for what a disk does: a tenth of a millisecond to a second. */
export const FSYNC_BUCKETS_SECONDS: number[] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
