import { createHmac, timingSafeEqual } from 'node:crypto';

const SIGNATURE_BYTES = 24;
/** As EC2 allows: six hours. */
export const TTL_MAX_SECONDS = 21_600;

/** Tokens that name an instance and their end, signed: nothing is kept, and one instance's token is worth nothing to another. */
export interface SessionTokens {
  issue(instanceId: string, ttlSeconds: number): string;
  /** For how many seconds more it is good, rounded down; undefined: it is not. */
  remainingSeconds(instanceId: string, token: string): number | undefined;
}

export function createSessionTokens(secret: Uint8Array, nowMs: () => number): SessionTokens {
  const sign = (instanceId: string, end: string): Buffer =>
    createHmac('sha256', secret).update(`${instanceId} ${end}`).digest().subarray(0, SIGNATURE_BYTES);
  return {
    issue(instanceId, ttlSeconds) {
      const end = Buffer.alloc(6);
      end.writeUIntBE(nowMs() + ttlSeconds * 1000, 0, 6);
      return Buffer.concat([end, sign(instanceId, end.toString('hex'))]).toString('base64url');
    },
    remainingSeconds(instanceId, token) {
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length !== 6 + SIGNATURE_BYTES) return undefined;
      const end = bytes.subarray(0, 6);
      if (!timingSafeEqual(bytes.subarray(6), sign(instanceId, end.toString('hex')))) return undefined;
      const leftMs = end.readUIntBE(0, 6) - nowMs();
      return leftMs > 0 ? Math.floor(leftMs / 1000) : undefined;
    },
  };
}
