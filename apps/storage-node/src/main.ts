import { dirname } from 'node:path';
import { runProcess, serveHealth } from '@pilvi/runtime';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';
import { notReadyBecause } from './health.ts';
import { serveNode } from './server.ts';

/** How long a stopping node may take to hand over what it leads (L4). */
const HAND_OVER_MS = 3_000;

const config = readConfig(process.env);

runProcess({
  name: config.name,
  dataDir: dirname(config.dataDir),
  async start({ log, fail }) {
    const context = await createContext(config, { log, fail });
    const server = await serveNode(context);
    const { maps, self } = context.health;
    const health =
      config.healthPort === undefined ? undefined : await serveHealth(config.healthPort, () => notReadyBecause(maps.current(), self));
    return {
      async [Symbol.asyncDispose]() {
        await health?.[Symbol.asyncDispose]();
        await context.stop(HAND_OVER_MS);
        await server[Symbol.asyncDispose]();
        await context.close();
      },
    };
  },
});
