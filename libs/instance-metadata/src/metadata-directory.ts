/** A tree of small texts. */
export type MetadataNode = string | MetadataDirectory;

export interface MetadataDirectory {
  readonly entries: ReadonlyMap<string, MetadataNode>;
  /** How an entry is listed, when not by its name. */
  readonly label?: (name: string) => string;
}

/** Entries that are undefined are left out. */
export function directory(
  entries: Readonly<Record<string, MetadataNode | undefined>>,
  label?: (name: string) => string,
): MetadataDirectory {
  const present = Object.entries(entries).filter((entry): entry is [string, MetadataNode] => entry[1] !== undefined);
  return { entries: new Map(present), ...(label !== undefined && { label }) };
}

/** What is found at a path; a directory is its listing, one entry per line, a `/` behind those that are directories. Undefined: nothing. */
export function textAt(node: MetadataNode, path: readonly string[]): string | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return typeof node === 'string' ? node : listing(node);
  if (typeof node === 'string') return undefined;
  const next = node.entries.get(name);
  return next === undefined ? undefined : textAt(next, rest);
}

function listing({ entries, label }: MetadataDirectory): string {
  return [...entries].map(([name, node]) => label?.(name) ?? (typeof node === 'string' ? name : `${name}/`)).join('\n');
}
