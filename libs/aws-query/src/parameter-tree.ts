import type { Form } from './form.ts';

/** `A.1.B=x` as a tree: what stands under a name, and the value of the name itself. */
export interface ParameterTree {
  /** Full name, for messages. */
  readonly path: string;
  value: string | undefined;
  readonly children: Map<string, ParameterTree>;
}

/** Names that every request of a Query API carries, or may. */
const OUTSIDE = new Set(['Action', 'Version', 'AWSAccessKeyId', 'SignatureMethod', 'SignatureVersion', 'Signature', 'Timestamp']);

export function parameterTree(form: Form): ParameterTree {
  const root: ParameterTree = { path: '', value: undefined, children: new Map() };
  for (const [name, value] of form) {
    if (OUTSIDE.has(name) || name.startsWith('X-Amz-')) continue;
    let node = root;
    for (const part of name.split('.')) node = childOf(node, part);
    node.value = value;
  }
  return root;
}

function childOf(node: ParameterTree, part: string): ParameterTree {
  const known = node.children.get(part);
  if (known !== undefined) return known;
  const child: ParameterTree = { path: node.path === '' ? part : `${node.path}.${part}`, value: undefined, children: new Map() };
  node.children.set(part, child);
  return child;
}
