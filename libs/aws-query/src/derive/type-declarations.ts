import { isScalar, type Scalar, type ServiceShapes, type Shape, type ShapeReference } from '../shape.ts';

const TYPES: Readonly<Record<Scalar, string>> = {
  string: 'string',
  integer: 'number',
  long: 'number',
  double: 'number',
  boolean: 'boolean',
  timestamp: 'Date',
  blob: 'Buffer',
};

/** TypeScript declarations of a service's structures; every field is optional, as it is on the wire. */
export function typeDeclarations({ shapes }: ServiceShapes): string {
  const typeOf = (reference: ShapeReference): string => {
    if (isScalar(reference)) return TYPES[reference];
    const shape = shapes[reference];
    return shape !== undefined && 'list' in shape ? `readonly ${typeOf(shape.list)}[]` : reference;
  };
  const declaration = ([name, shape]: readonly [string, Shape]): string => {
    if (!('fields' in shape)) return '';
    const fields = Object.entries(shape.fields).map(([field, [, type]]) => `  readonly ${field}?: ${typeOf(type)} | undefined;\n`);
    return `\nexport interface ${name} {\n${fields.join('')}}\n`;
  };
  return Object.entries(shapes).map(declaration).join('');
}
