import { createLogger } from '@pilvi/runtime';
import { startMemoryS3 } from './memory-s3.ts';
import { MAIN } from './s3-server.ts';

// The S3 edge over objects in memory, for trying clients against: `node apps/gateway/src/s3/testing/dev-server.ts 9001`.

const server = await startMemoryS3({
  port: Number(process.argv[2] ?? 9001),
  log: createLogger({ name: 's3', level: process.env['PILVI_LOG_LEVEL'] ?? 'warn' }),
});
console.log(`${server.endpoint} ${MAIN.accessKeyId} ${MAIN.secret}`);
process.once('SIGINT', () => process.exit()); // so that --cpu-prof writes its profile
