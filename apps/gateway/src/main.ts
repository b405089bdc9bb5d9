import { dirname } from 'node:path';
import { runProcess } from '@pilvi/runtime';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';
import { rehearse } from './rehearse.ts';
import { serveGateway } from './server.ts';

/** What a stop takes beside waiting for requests. */
const CLOSE_BOUND_MS = 25_000;

const config = readConfig(process.env);

runProcess({
  name: config.name,
  dataDir: dirname(config.dataDir),
  stopBoundMs: config.stop.lameDuckMs + config.stop.drainMs + CLOSE_BOUND_MS,
  rehearse: (signal) => rehearse(config, signal),
  async start({ log, fail }) {
    const context = await createContext(config, { log, fail });
    const server = await serveGateway(context);
    return {
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await context.close();
      },
    };
  },
});
