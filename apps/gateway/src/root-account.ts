import { createHash } from 'node:crypto';
import type { AccessKey, Authorize } from './s3/components.ts';

const ROOT_ACCOUNT_ID = '000000000000';

/** The root account: the only principal today. */
export function rootAccount(secret: string): AccessKey {
  return {
    secret,
    principal: `arn:aws:iam::${ROOT_ACCOUNT_ID}:root`,
    accountId: ROOT_ACCOUNT_ID,
    canonicalId: createHash('sha256').update(`pilvi account ${ROOT_ACCOUNT_ID}`).digest('hex'),
    displayName: 'root',
  };
}

/** Every request passes this one gate, which today knows the root account only: nothing is open to anybody else. */
export const authorize: Authorize = (principal) => principal !== undefined;
