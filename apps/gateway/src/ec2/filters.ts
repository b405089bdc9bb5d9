import { QueryError } from '@pilvi/aws-query';
import type { Filter } from '@pilvi/aws-query/ec2';
import type { Tags } from '@pilvi/compute-model';

/** What each filter looks at. An item passes when any of these values matches any of the filter's. */
export type FilterTable<T> = Readonly<Record<string, (item: T) => Looked | readonly Looked[]>>;
type Looked = string | number | boolean | undefined;

const MAX_VALUES = 200;

/**
 * The items that pass every filter. In values `*` stands for any characters and `?` for one, a backslash before either for itself. With `tagsOf`, the
 * filters `tag:KEY` and `tag-key` are known too. Throws InvalidParameterValue for a filter that is not known.
 * Source: "List and filter using the CLI and API", Amazon EC2 user guide.
 */
export function applyFilters<T>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  table: FilterTable<T>,
  tagsOf?: (item: T) => Tags,
): T[] {
  const tests = (filters ?? []).map((filter) => testOf(filter, table, tagsOf));
  return items.filter((item) => tests.every((test) => test(item)));
}

function testOf<T>({ Name = '', Values = [] }: Filter, table: FilterTable<T>, tagsOf?: (item: T) => Tags): (item: T) => boolean {
  if (Values.length > MAX_VALUES) throw new QueryError('InvalidParameterValue', `The filter '${Name}' has more than ${MAX_VALUES} values`);
  const patterns = Values.map(patternOf);
  const look = lookOf(Name, table, tagsOf);
  if (look === undefined) throw new QueryError('InvalidParameterValue', `The filter '${Name}' is invalid`);
  return (item) => {
    const looked = look(item);
    const values = Array.isArray(looked) ? (looked as readonly Looked[]) : [looked as Looked];
    return values.some((value) => value !== undefined && patterns.some((pattern) => pattern.test(String(value))));
  };
}

function lookOf<T>(name: string, table: FilterTable<T>, tagsOf?: (item: T) => Tags): FilterTable<T>[string] | undefined {
  if (tagsOf !== undefined && name === 'tag-key') return (item) => Object.keys(tagsOf(item));
  if (tagsOf !== undefined && name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return (item) => (Object.hasOwn(tagsOf(item), key) ? tagsOf(item)[key] : undefined);
  }
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function patternOf(value: string): RegExp {
  const source = value.replace(/\\[\\*?]|[\s\S]/gu, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return RegExp.escape(part.length === 2 && part.startsWith('\\') ? part.slice(1) : part);
  });
  return new RegExp(`^${source}$`, 'su');
}
