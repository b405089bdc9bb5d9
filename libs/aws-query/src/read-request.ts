import type { Form } from './form.ts';
import { parameterTree, type ParameterTree } from './parameter-tree.ts';
import { invalidParameter, missingParameter, QueryError } from './query-error.ts';
import { isScalar, type ListShape, type Scalar, type ServiceShapes, type ShapeReference, type StructureShape } from './shape.ts';

/** No list that any action takes is longer. */
const MAX_LIST_INDEX = 1_000;

/**
 * The parameters of one action as a typed request. `takes` names the fields that the action understands (`Placement.AvailabilityZone`; a field
 * without further ones takes all below it): what AWS knows and the action does not is refused, never ignored.
 * Throws UnknownParameter, UnsupportedOperation, MissingParameter and InvalidParameterValue.
 */
export function readRequest(service: ServiceShapes, action: string, form: Form, takes: readonly string[]): unknown {
  const shapes = service.actions[action];
  if (shapes === undefined) throw new QueryError('InvalidAction', `The action ${action} is not valid for this web service.`);
  const reader = { service, takes: new Set(takes) };
  return readStructure(reader, structureOf(service, shapes.input), parameterTree(form), '');
}

interface Reader {
  readonly service: ServiceShapes;
  readonly takes: ReadonlySet<string>;
}

function readStructure(reader: Reader, shape: StructureShape, tree: ParameterTree, fieldPath: string): Record<string, unknown> {
  if (tree.value !== undefined && (tree.value !== '' || tree.path === '')) throw unknownParameter(tree.path);
  const byName = new Map(Object.entries(shape.fields).map(([field, [wire, , request]]) => [request ?? capital(wire), field]));
  const structure: Record<string, unknown> = {};
  for (const [name, child] of tree.children) {
    const field = byName.get(name);
    const type = field === undefined ? undefined : shape.fields[field]?.[1];
    if (field === undefined || type === undefined) throw unknownParameter(child.path);
    const path = fieldPath === '' ? field : `${fieldPath}.${field}`;
    structure[field] = readValue(reader, type, child, path);
  }
  for (const field of shape.required ?? []) {
    if (structure[field] !== undefined) continue;
    const [wire = field, type = '', request] = shape.fields[field] ?? [];
    const inner = reader.service.shapes[type];
    // An empty structure leaves nothing on the wire.
    if (inner !== undefined && 'fields' in inner && (inner.required ?? []).length === 0) {
      structure[field] = {};
      continue;
    }
    throw missingParameter(`${tree.path === '' ? '' : `${tree.path}.`}${request ?? capital(wire)}`);
  }
  return structure;
}

function readValue(reader: Reader, type: ShapeReference, tree: ParameterTree, fieldPath: string): unknown {
  if (isScalar(type)) {
    if (!isTaken(reader.takes, fieldPath)) throw notBuilt(tree.path);
    if (tree.children.size > 0) throw unknownParameter([...tree.children.values()][0]!.path);
    return readScalar(type, tree.path, tree.value ?? '');
  }
  const shape = reader.service.shapes[type];
  if (shape === undefined) throw unknownParameter(tree.path);
  return 'list' in shape ? readList(reader, shape, tree, fieldPath) : readStructure(reader, shape, tree, fieldPath);
}

/** In the order of their numbers, which may have gaps. An empty list is given as an empty value. */
function readList(reader: Reader, shape: ListShape, tree: ParameterTree, fieldPath: string): unknown[] {
  const items = reader.service.dialect === 'ec2' ? tree.children : (tree.children.get('member')?.children ?? tree.children);
  if (tree.value !== undefined && tree.value !== '') throw unknownParameter(tree.path);
  const numbered = [...items].map(([name, item]) => {
    if (!/^[1-9]\d{0,3}$/.test(name) || Number(name) > MAX_LIST_INDEX) throw unknownParameter(item.path);
    return [Number(name), item] as const;
  });
  return numbered.sort(([a], [b]) => a - b).map(([, item]) => readValue(reader, shape.list, item, fieldPath));
}

function readScalar(type: Scalar, name: string, text: string): unknown {
  switch (type) {
    case 'string':
      return text;
    case 'integer':
    case 'long':
      if (!/^[+-]?\d{1,15}$/.test(text)) throw invalidParameter(name, text, 'Expected a whole number.');
      return Number(text);
    case 'double':
      if (!/^[+-]?\d+(\.\d+)?$/.test(text)) throw invalidParameter(name, text, 'Expected a number.');
      return Number(text);
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) throw invalidParameter(name, text, 'Expected true or false.');
      return text.toLowerCase() === 'true';
    case 'timestamp': {
      const timeMs = Date.parse(text);
      if (Number.isNaN(timeMs)) throw invalidParameter(name, text, 'Expected a date.');
      return new Date(timeMs);
    }
    case 'blob':
      if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw invalidParameter(name, text.slice(0, 32), 'Expected base64.');
      return Buffer.from(text, 'base64');
    default:
      return type satisfies never;
  }
}

/** The field itself, or one that it is part of, is among those taken. */
function isTaken(takes: ReadonlySet<string>, fieldPath: string): boolean {
  for (let path = fieldPath; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) if (takes.has(path)) return true;
  return false;
}

export function structureOf(service: ServiceShapes, name: string): StructureShape {
  const shape = service.shapes[name];
  if (shape === undefined || 'list' in shape) throw new Error(`${name} is no structure`);
  return shape;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function unknownParameter(path: string): QueryError {
  return new QueryError('UnknownParameter', `The parameter ${path} is not recognized`);
}

function notBuilt(path: string): QueryError {
  return new QueryError('UnsupportedOperation', `The parameter ${path} is not supported by Pilvi`);
}
