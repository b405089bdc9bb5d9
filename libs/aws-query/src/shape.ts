/** What the codec knows of a service: names, types and wire names, as derived from its published model. */
export interface ServiceShapes {
  readonly dialect: Dialect;
  /** XML namespace of its answers. */
  readonly namespace: string;
  readonly actions: Readonly<Record<string, ActionShapes>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/**
 * `ec2`: lists are always flat (`InstanceId.1`), answers have no result wrapper. `query`: lists say `member`, the answer stands in
 * `<ActionResult>` (STS, IAM, Auto Scaling). Source: the AWS EC2 query and AWS query protocols, smithy.io.
 */
export type Dialect = 'ec2' | 'query';

export interface ActionShapes {
  /** Name of a structure. */
  readonly input: string;
  /** Undefined: the answer says only that it was done. */
  readonly output?: string;
}

/** A scalar in lower case, or the name of a shape. */
export type ShapeReference = string;

export type Shape = ListShape | StructureShape;

export interface ListShape {
  readonly list: ShapeReference;
  /** Element name of each item in an answer. */
  readonly item: string;
}

export interface StructureShape {
  readonly fields: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
}

/** Wire name in answers, type, and the name in requests where it is not simply the same with a capital. */
export type Field = readonly [wireName: string, type: ShapeReference, requestName?: string];

export const SCALARS = ['string', 'integer', 'long', 'double', 'boolean', 'timestamp', 'blob'] as const;
export type Scalar = (typeof SCALARS)[number];

export function isScalar(reference: ShapeReference): reference is Scalar {
  return (SCALARS as readonly string[]).includes(reference);
}
