import { dirname } from 'node:path';
import { runProcess } from '@pilvi/runtime';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';
import { serveGateway } from './server.ts';

const config = readConfig(process.env);

runProcess({
  name: config.name,
  dataDir: dirname(config.dataDir),
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
