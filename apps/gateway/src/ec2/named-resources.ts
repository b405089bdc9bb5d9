import { QueryError, type QueryErrorCode } from '@pilvi/aws-query';
import { isId } from '@pilvi/compute-model';

interface Kind<T> {
  /** `i`, `ami`, ... */
  readonly prefix: string;
  /** As messages name it: `instance ID`. */
  readonly what: string;
  readonly malformed: QueryErrorCode;
  readonly notFound: QueryErrorCode;
  readonly idOf: (item: T) => string;
}

/** The items that a request names by id, or all when it names none. Throws `malformed` and `notFound`. */
export function named<T>(items: readonly T[], ids: readonly string[] | undefined, kind: Kind<T>): readonly T[] {
  if (ids === undefined || ids.length === 0) return items;
  checkIds(ids, kind);
  const byId = new Map(items.map((item) => [kind.idOf(item), item]));
  const missing = ids.filter((id) => !byId.has(id));
  if (missing.length > 0) throw notFound(missing, kind);
  return [...new Set(ids)].map((id) => byId.get(id)!);
}

export function checkIds(ids: readonly string[], { prefix, what, malformed }: Pick<Kind<never>, 'prefix' | 'what' | 'malformed'>): void {
  for (const id of ids)
    if (!isId(prefix, id)) throw new QueryError(malformed, `Invalid ${what === '' ? 'id' : what}: "${id}" (expecting "${prefix}-...")`);
}

export function notFound(ids: readonly string[], { what, notFound: code }: Pick<Kind<never>, 'what' | 'notFound'>): QueryError {
  const [first] = ids;
  return ids.length === 1
    ? new QueryError(code, `The ${what} '${first ?? ''}' does not exist`)
    : new QueryError(code, `The ${what}s '${ids.join(', ')}' do not exist`);
}
