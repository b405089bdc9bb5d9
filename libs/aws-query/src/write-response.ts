import { renderXml, type XmlContent, type XmlElement } from '@pilvi/xml';
import type { QueryError } from './query-error.ts';
import { structureOf } from './read-request.ts';
import { isScalar, type Scalar, type ServiceShapes, type ShapeReference, type StructureShape } from './shape.ts';

/** A result as the action's answer. A result with a field that the shape does not have is our bug, and throws. */
export function writeResponse(service: ServiceShapes, action: string, result: unknown, requestId: string): string {
  const output = service.actions[action]?.output;
  const content: readonly XmlElement[] =
    output === undefined ? [['return', true]] : elementsOf(service, structureOf(service, output), result as Record<string, unknown>);
  const root = `${action}Response`;
  const namespace = `xmlns="${service.namespace}"`;
  if (service.dialect === 'ec2') return renderXml([root, [['requestId', requestId], ...content], namespace]);
  return renderXml([
    root,
    [
      [`${action}Result`, content],
      ['ResponseMetadata', [['RequestId', requestId]]],
    ],
    namespace,
  ]);
}

/** An error as the service puts it on the wire. */
export function writeError({ dialect, namespace }: ServiceShapes, error: QueryError, requestId: string): string {
  const code: XmlElement = ['Code', error.code];
  const message: XmlElement = ['Message', error.message];
  if (dialect === 'ec2') {
    return renderXml([
      'Response',
      [
        ['Errors', [['Error', [code, message]]]],
        ['RequestID', requestId],
      ],
    ]);
  }
  const type: XmlElement = ['Type', error.status >= 500 ? 'Receiver' : 'Sender'];
  return renderXml([
    'ErrorResponse',
    [
      ['Error', [type, code, message]],
      ['RequestId', requestId],
    ],
    `xmlns="${namespace}"`,
  ]);
}

function elementsOf(service: ServiceShapes, shape: StructureShape, structure: Readonly<Record<string, unknown>>): XmlElement[] {
  const elements: XmlElement[] = [];
  for (const [field, value] of Object.entries(structure)) {
    if (value === undefined) continue;
    const [wire, type] = shape.fields[field] ?? [];
    if (wire === undefined || type === undefined) throw new Error(`the answer has no field ${field}`);
    elements.push([wire, contentOf(service, type, value)]);
  }
  return elements;
}

function contentOf(service: ServiceShapes, type: ShapeReference, value: unknown): XmlContent {
  if (isScalar(type)) return scalarText(type, value);
  const shape = service.shapes[type];
  if (shape === undefined) throw new Error(`there is no shape ${type}`);
  if ('fields' in shape) return elementsOf(service, shape, value as Record<string, unknown>);
  return (value as readonly unknown[]).map((item): XmlElement => [shape.item, contentOf(service, shape.list, item)]);
}

function scalarText(type: Scalar, value: unknown): string {
  if (type === 'timestamp') return (value as Date).toISOString();
  if (type === 'blob') return (value as Buffer).toString('base64');
  return String(value);
}
