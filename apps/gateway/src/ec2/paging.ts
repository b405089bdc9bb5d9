import { invalidParameter, QueryError } from '@pilvi/aws-query';

export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextToken: string | undefined;
}

const MOST = 1_000;
const TOKEN_BEGIN = 'after:';

/**
 * One page of items that are in the order of their keys. Without MaxResults all that follow. A token names the last key told, so that what is made and
 * deleted between two pages moves nothing. Throws InvalidParameterValue and InvalidNextToken.
 */
export function pageOf<T>(items: readonly T[], { MaxResults, NextToken }: PageRequest, keyOf: (item: T) => string, least = 5): Page<T> {
  if (MaxResults !== undefined && (MaxResults < least || MaxResults > MOST))
    throw invalidParameter('maxResults', String(MaxResults), `Expecting a value between ${least} and ${MOST}.`);
  const after = NextToken === undefined || NextToken === '' ? undefined : keyIn(NextToken);
  const following = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  if (MaxResults === undefined || following.length <= MaxResults) return { items: following, NextToken: undefined };
  const page = following.slice(0, MaxResults);
  return { items: page, NextToken: Buffer.from(TOKEN_BEGIN + keyOf(page.at(-1)!)).toString('base64url') };
}

function keyIn(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith(TOKEN_BEGIN)) throw new QueryError('InvalidNextToken', 'The token is invalid.');
  return text.slice(TOKEN_BEGIN.length);
}
