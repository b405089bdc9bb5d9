/** As much of a published AWS API model as shapes are derived from. */
export interface PublishedModel {
  readonly metadata: { readonly protocol: 'ec2' | 'query'; readonly xmlNamespace: string };
  readonly operations: Readonly<Record<string, { input?: { shape: string }; output?: { shape: string } } | undefined>>;
  readonly shapes: Readonly<Record<string, PublishedShape | undefined>>;
}

export interface PublishedShape {
  readonly type: 'structure' | 'list' | 'string' | 'integer' | 'long' | 'double' | 'float' | 'boolean' | 'timestamp' | 'blob' | 'map';
  readonly members?: Readonly<Record<string, PublishedMember>>;
  readonly required?: readonly string[];
  readonly member?: PublishedMember;
}

export interface PublishedMember {
  readonly shape: string;
  readonly locationName?: string;
  readonly queryName?: string;
}
