export { createMemoryComputeNode, type MemoryComputeNode, type MemoryNodeOptions, type MemorySession } from './memory-node.ts';
export type { MemoryInstances, Pace } from './memory-instances.ts';
