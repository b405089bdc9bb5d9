export { describeChunkClient } from './chunk-client.ts';
export { describeIndexClient, type IndexClientUnderTest } from './index-client.ts';
