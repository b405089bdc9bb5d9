/** One table of a script. */
export interface Table {
  readonly family: 'inet' | 'ip' | 'arp';
  readonly name: string;
  /** Sets, maps and chains, in the order in which they name each other. */
  readonly parts: readonly string[];
}

/** What `nft -f` reads to put these tables in the place of those of the same names, or to put them there at first: one transaction. */
export function script(tables: readonly Table[]): string {
  return tables
    .flatMap(({ family, name, parts }) => [
      // A table can be deleted only if there is one.
      `table ${family} ${name}`,
      `delete table ${family} ${name}`,
      block(`table ${family} ${name}`, parts.map(indent)),
    ])
    .join('\n')
    .concat('\n');
}

export function set(name: string, type: string, elements: readonly string[], ...options: readonly string[]): string {
  return block(`set ${name}`, body(type, options, elements));
}

export function map(name: string, type: string, elements: readonly string[]): string {
  return block(`map ${name}`, body(type, [], elements));
}

/** Without a hook: to be jumped to. */
export function chain(name: string, hook: string | undefined, rules: readonly string[]): string {
  return block(`chain ${name}`, [...(hook === undefined ? [] : [`  ${hook}`]), ...rules.map((rule) => `  ${rule}`)]);
}

function body(type: string, options: readonly string[], elements: readonly string[]): string[] {
  return [
    `  type ${type}`,
    ...options.map((option) => `  ${option}`),
    ...(elements.length === 0 ? [] : [`  elements = { ${elements.join(', ')} }`]),
  ];
}

function block(head: string, lines: readonly string[]): string {
  return [`${head} {`, ...lines, '}'].join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
