export { createInstanceMetadata } from './instance-metadata.ts';
export type { InstanceMetadataOptions } from './instance-metadata.ts';
export type { GroupNames } from './metadata-tree.ts';
