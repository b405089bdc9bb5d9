// Derives src/generated/ from a published API model: node src/derive/main.ts ec2|sts path/to/service-2.json.gz
// The models are part of every botocore: `data/ec2/2016-11-15` and `data/sts/2011-06-15` beside its `__init__.py`.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { KNOWN_ACTIONS } from './actions.ts';
import { deriveShapes } from './derive-shapes.ts';
import type { PublishedModel } from './published-model.ts';
import { typeDeclarations } from './type-declarations.ts';

const [service, path] = process.argv.slice(2);
if ((service !== 'ec2' && service !== 'sts') || path === undefined) throw new Error('usage: main.ts ec2|sts MODEL.json.gz');
const file = readFileSync(path);
const model = JSON.parse((path.endsWith('.gz') ? gunzipSync(file) : file).toString()) as PublishedModel;
const derived = deriveShapes(model, KNOWN_ACTIONS[service]);
const NOTE = '// Derived by libs/aws-query/src/derive/main.ts; do not edit.\n';
const generated = new URL('../generated/', import.meta.url);
const lines = Object.entries(derived.shapes).map(([name, shape]) => `    ${name}: ${JSON.stringify(shape)},\n`);
const { dialect, namespace, actions } = derived;
writeFileSync(
  new URL(`${service}-shapes.ts`, generated),
  `${NOTE}import type { ServiceShapes } from '../shape.ts';\n
export const ${service.toUpperCase()}_SHAPES: ServiceShapes = {
  dialect: ${JSON.stringify(dialect)},
  namespace: ${JSON.stringify(namespace)},
  actions: ${JSON.stringify(actions, null, 2).replaceAll('\n', '\n  ')},
  shapes: {\n${lines.join('')}  },
};\n`,
);
writeFileSync(new URL(`${service}-types.ts`, generated), NOTE + typeDeclarations(derived));
const names = Object.keys(model.operations).map((name) => `  '${name}',\n`);
writeFileSync(
  new URL(`${service}-action-names.ts`, generated),
  `${NOTE}/** Every action of the service, built here or not. */\nexport const ${service.toUpperCase()}_ACTION_NAMES: readonly string[] = [\n${names.join('')}];\n`,
);
