const DECODE = /Buffer\.from\(reader\.bytes\(\)\)/g;
const ENCODE = /Buffer\.from\((\w+)\.encode\(value\)\.finish\(\)\)/g;

/** One generated file with ts-proto's copies of bytes fields, and of whole messages, replaced by wire.ts. `name` is its path under `generated/`. */
export function withOwnWire(name: string, content: string): string {
  const decoded = content.replace(DECODE, 'takeBytes(reader.bytes())');
  const encoded = decoded.replace(ENCODE, 'encodeMessage($1, value)');
  const used = [...(encoded === decoded ? [] : ['encodeMessage']), ...(decoded === content ? [] : ['takeBytes'])];
  if (used.length === 0) return content;
  const wire = `${'../'.repeat(name.split('/').length)}wire.ts`;
  const [before, imports, ...after] = encoded.split(/^(import )/m);
  return `${before ?? ''}import { ${used.join(', ')} } from "${wire}";\n${imports ?? ''}${after.join('')}`;
}
