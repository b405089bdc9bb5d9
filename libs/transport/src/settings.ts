import type { ChannelOptions } from '@grpc/grpc-js';
import type { Address } from './address.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** HTTP/2's default window of 64 KiB would stall a stream of 1 MiB messages (DESIGN 4). */
export const FLOW_CONTROL_WINDOW_BYTES = 8 * MIB;
/** A receiver refuses a larger message, and with it the call. */
export const MAX_MESSAGE_BYTES = 64 * MIB;
/** No frame grows beyond this by adding to it: a larger one holds a single message. */
export const MAX_FRAME_BYTES = 1 * MIB;
/** What a message costs beside its payload, when a sender counts bytes. */
export const MESSAGE_OVERHEAD_BYTES = 256;

/** A silent TCP connection is asked whether it lives; after the second time it is given up. */
export const KEEPALIVE_TIME_MS = 5_000;
export const KEEPALIVE_TIMEOUT_MS = 3_000;

/** Of a unary call that names no deadline. */
export const DEFAULT_UNARY_DEADLINE_MS = 10_000;
/** Of a call in a session that names none. */
export const DEFAULT_SESSION_DEADLINE_MS = 30_000;

export const RECONNECT_FIRST_MS = 30;
/** Longest wait between attempts: a Unix socket costs nothing to try. */
export const RECONNECT_CAP_MS = { unix: 250, tcp: 1_000 } as const;
/** Of a session that finds its server gone, over whatever connection. */
export const REOPEN_CAP_MS = 250;
/** A host's address may change when it restarts. */
export const RESOLVE_AT_MOST_EVERY_MS = 1_000;

export interface SessionClientLimits {
  /** Calls sent and not yet answered, and calls ready to be sent. Further callers wait. */
  readonly maxInFlight: number;
  /** Bytes of those calls, by `sizeOf`. */
  readonly maxInFlightBytes: number;
  readonly maxFrameBytes: number;
}

/** Unless a client is given others. */
export const SESSION_CLIENT_LIMITS: SessionClientLimits = {
  maxInFlight: 4_096,
  maxInFlightBytes: 64 * 1024 * 1024,
  maxFrameBytes: MAX_FRAME_BYTES,
};

/** gRPC options of both sides. */
export function commonOptions(address: Address): ChannelOptions {
  return {
    'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    'grpc.enable_channelz': 0,
    // On a Unix socket the end of the peer is an event of the kernel's, and a connection given up by our own time-out
    // would look like one (REPLICATION L3): no keepalive there.
    ...(address.kind === 'tcp' ? { 'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS, 'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS } : {}),
  };
}
