import { SaxesParser } from 'saxes';
import { S3Error } from '../s3-error.ts';

/** An element of a request's document: its name without prefix, whatever its namespace; attributes are of no use to S3 core. */
export interface XmlNode {
  readonly name: string;
  /** Its own text, between its children or alone, white space as it was. */
  readonly text: string;
  readonly children: readonly XmlNode[];
}

interface OpenNode {
  readonly name: string;
  text: string;
  readonly children: OpenNode[];
}

/** S3's deepest document in use has six levels. */
const MAX_DEPTH = 32;

/**
 * The root of a well-formed document, which must have this name. A document type declaration is refused, so there are no
 * entities but XML's five and character references; what is read is bounded by the caller's limit on the body. Throws MalformedXML.
 */
export function parseXml(document: Buffer | string, rootName: string): XmlNode {
  const text = typeof document === 'string' ? document : decodeUtf8(document);
  const root: OpenNode = { name: '', text: '', children: [] };
  const open: OpenNode[] = [root];
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on('error', (cause) => {
    throw malformed(cause);
  });
  parser.on('doctype', () => {
    throw malformed(new Error('a document type declaration'));
  });
  parser.on('opentag', ({ local }) => {
    if (open.length > MAX_DEPTH) throw malformed(new Error('nested too deep'));
    const node: OpenNode = { name: local, text: '', children: [] };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on('closetag', () => open.pop());
  const addText = (part: string): void => {
    const node = open.at(-1);
    if (node !== undefined) node.text += part;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(text).close();
  const [first] = root.children;
  if (first?.name !== rootName) throw malformed(new Error(`the root is not ${rootName}`));
  return first;
}

/** All children of this name, in order. */
export function childrenOf(node: XmlNode, name: string): XmlNode[] {
  return node.children.filter((child) => child.name === name);
}

/** The only child of this name, or undefined. Throws MalformedXML when there are several. */
export function childOf(node: XmlNode, name: string): XmlNode | undefined {
  const [child, second] = childrenOf(node, name);
  if (second !== undefined) throw malformed(new Error(`more than one ${name}`));
  return child;
}

/** The only child of this name. Throws MalformedXML when there is none, or there are several. */
export function requiredChild(node: XmlNode, name: string): XmlNode {
  const child = childOf(node, name);
  if (child === undefined) throw malformed(new Error(`no ${name}`));
  return child;
}

/** Text of the only child of this name, or undefined. Throws MalformedXML when there are several, or it holds elements. */
export function textOf(node: XmlNode, name: string): string | undefined {
  const child = childOf(node, name);
  if (child !== undefined && child.children.length > 0) throw malformed(new Error(`elements within ${name}`));
  return child?.text;
}

/** Other encodings than UTF-8 are not taken: no client sends them. */
function decodeUtf8(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw malformed(cause);
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function malformed(cause: unknown): S3Error {
  return new S3Error('MalformedXML', { cause });
}
