import type { Field, ServiceShapes, Shape, ShapeReference } from '../shape.ts';
import type { PublishedModel, PublishedShape } from './published-model.ts';

/** The shapes that some actions need, and no others: facts without the model's texts. */
export function deriveShapes(model: PublishedModel, actions: readonly string[]): ServiceShapes {
  const shapes: Record<string, Shape> = {};
  const refer = (name: string): ShapeReference => {
    const shape = found(model.shapes[name], name);
    if (shape.type === 'structure' || shape.type === 'list') take(name, shape);
    return referenceTo(name, shape);
  };
  const take = (name: string, shape: PublishedShape): void => {
    if (shapes[name] !== undefined) return;
    if (shape.type === 'list') {
      const member = found(shape.member, name);
      shapes[name] = { list: '', item: '' }; // a shape may hold itself
      shapes[name] = { list: refer(member.shape), item: member.locationName ?? 'member' };
      return;
    }
    const fields: Record<string, Field> = {};
    shapes[name] = { fields, ...(shape.required === undefined ? {} : { required: shape.required }) };
    for (const [field, member] of Object.entries(shape.members ?? {})) {
      const wireName = member.locationName ?? field;
      const type = refer(member.shape);
      fields[field] = member.queryName === undefined ? [wireName, type] : [wireName, type, member.queryName];
    }
  };
  const derived = actions.map((action) => {
    const operation = found(model.operations[action], action);
    const input = operation.input?.shape;
    const output = operation.output?.shape;
    if (input === undefined) shapes['NoInput'] = { fields: {} };
    else refer(input);
    if (output !== undefined) refer(output);
    return [action, { input: input ?? 'NoInput', ...(output === undefined ? {} : { output }) }] as const;
  });
  return {
    dialect: model.metadata.protocol,
    namespace: `${model.metadata.xmlNamespace.replace(/\/$/, '')}/`,
    actions: Object.fromEntries(derived),
    shapes: Object.fromEntries(Object.entries(shapes).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function referenceTo(name: string, shape: PublishedShape): ShapeReference {
  switch (shape.type) {
    case 'structure':
    case 'list':
      return name;
    case 'float':
      return 'double';
    case 'map':
      throw new Error(`${name} is a map, which the codec does not know`);
    default:
      return shape.type;
  }
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`the model has no ${name}`);
  return value;
}
