import express, { type Express } from 'express';
import type { S3Components } from './components.ts';
import { createDispatcher } from './dispatch.ts';

/**
 * The S3 REST API as an Express application: to be mounted last, since every path is a bucket's or a key's. It reads
 * bodies itself; no other middleware may come before it that does.
 */
export function createS3App(components: S3Components): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.use(createDispatcher(components));
  return app;
}
