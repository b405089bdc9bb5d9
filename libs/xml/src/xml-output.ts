/** An XML element as a value: `['Key', 'a/b']`, or with children `['Owner', [['ID', '...']]]`. Undefined children are left out. */
export type XmlElement = readonly [name: string, content: XmlContent, attributes?: string];
export type XmlContent = string | number | bigint | boolean | readonly (XmlElement | undefined)[];

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A document whose root is in no namespace, or in the one its attributes name. */
export function renderXml(root: XmlElement): string {
  return DECLARATION + renderElement(root);
}

/** One element with everything in it. Empty ones are written in S3's long form, `<Prefix></Prefix>`. */
export function renderElement([name, content, attributes]: XmlElement): string {
  const open = attributes === undefined ? name : `${name} ${attributes}`;
  return `<${open}>${renderContent(content)}</${name}>`;
}

function renderContent(content: XmlContent): string {
  if (typeof content === 'string') return escapeText(content);
  if (typeof content !== 'object') return String(content);
  let text = '';
  for (const child of content) if (child !== undefined) text += renderElement(child);
  return text;
}

// Control characters, and U+FFFE and U+FFFF, cannot stand in XML 1.0; S3 writes them as references all the same (which is why
// encoding-type=url exists). A carriage return must be a reference, or the reader's parser turns it into a line feed.
const SPECIAL = /[&<>"\u0000-\u001f\u007f\ufffe\uffff]/;
const EACH_SPECIAL = /[&<>"\u0000-\u001f\u007f\ufffe\uffff]/g;
const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeText(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(EACH_SPECIAL, (character) => NAMED[character] ?? `&#x${character.charCodeAt(0).toString(16)};`);
}
