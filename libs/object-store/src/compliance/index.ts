export { describeChunkClient } from './chunk-client.ts';
export { describeIndexClient } from './index-client.ts';
export type { IndexClientUnderTest } from './index-subject.ts';
