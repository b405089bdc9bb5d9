import { invalidParameter, QueryError } from '@pilvi/aws-query';

export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextToken: string | undefined;
}

interface PageRules {
  /** The action: a token of another one is refused. */
  readonly of: string;
  /** What MaxResults may be. */
  readonly least?: number;
  readonly most?: number;
}

/**
 * One page of items that are in the order of their keys. Without MaxResults all that follow. A token names the last key told, so that what is made and
 * deleted between two pages moves nothing. Throws InvalidParameterValue and InvalidNextToken.
 */
export function pageOf<T>(
  items: readonly T[],
  { MaxResults, NextToken }: PageRequest,
  keyOf: (item: T) => string,
  { of, least = 5, most = 1_000 }: PageRules,
): Page<T> {
  if (MaxResults !== undefined && (MaxResults < least || MaxResults > most))
    throw invalidParameter('maxResults', String(MaxResults), `Expecting a value between ${least} and ${most}.`);
  const begin = `${of} after `;
  const after = NextToken === undefined || NextToken === '' ? undefined : keyIn(NextToken, begin);
  const following = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  if (MaxResults === undefined || following.length <= MaxResults) return { items: following, NextToken: undefined };
  const page = following.slice(0, MaxResults);
  return { items: page, NextToken: Buffer.from(begin + keyOf(page.at(-1)!)).toString('base64url') };
}

function keyIn(token: string, begin: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith(begin)) throw new QueryError('InvalidNextToken', 'The token is invalid.');
  return text.slice(begin.length);
}
