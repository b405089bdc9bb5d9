import { hash } from 'node:crypto';
import { invalidParameter, QueryError } from '@pilvi/aws-query';
import type { Ec2Call } from './ec2-action.ts';
import type { Step } from './state/collection.ts';

const MAX_TOKEN = 64;

/** How one request is known again. */
export interface Idempotency {
  /** What an earlier request with the same token made; undefined when this is the first. */
  readonly made: string | undefined;
  /** Commit it with what is made: two at once make one. */
  remember(resourceId: string): readonly Step[];
}

/**
 * Looks for an earlier request with the same client token. Throws IdempotentParameterMismatch when that one had other parameters.
 * Source: "Ensuring idempotency in Amazon EC2 API requests".
 */
export async function idempotency({ state, form, principal }: Ec2Call, token: string | undefined): Promise<Idempotency> {
  if (token === undefined || token === '') return { made: undefined, remember: () => [] };
  if (!/^[\x20-\x7e]+$/.test(token) || token.length > MAX_TOKEN)
    throw invalidParameter('clientToken', token, `A client token has ${MAX_TOKEN} ASCII characters at most.`);
  const id = hash('sha256', `${principal.accountId}\n${form.get('Action') ?? ''}\n${token}`);
  const fingerprint = hash('sha256', JSON.stringify([...form].filter(([name]) => !name.startsWith('X-Amz-')).sort()));
  const earlier = await state.clientTokens.get(id);
  if (earlier !== undefined && earlier.record.fingerprint !== fingerprint)
    throw new QueryError('IdempotentParameterMismatch', 'The client token was used before, with other parameters.');
  return {
    made: earlier?.record.resourceId,
    remember: (resourceId) => [state.clientTokens.create(id, { fingerprint, resourceId })],
  };
}
