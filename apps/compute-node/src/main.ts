import { dirname } from 'node:path';
import { runProcess, serveHealth } from '@pilvi/runtime';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';

/** Instances are asked to end first, and each has disks and a network to give back. */
const STOP_BOUND_MS = 180_000;

const config = readConfig(process.env);

runProcess({
  name: config.name,
  dataDir: dirname(config.dataDir),
  stopBoundMs: STOP_BOUND_MS,
  async start({ log, fail }) {
    const context = await createContext(config, { log, fail });
    const { healthPort } = config;
    const health = healthPort === undefined ? undefined : await serveHealth(healthPort, () => context.notReadyBecause());
    return {
      async [Symbol.asyncDispose]() {
        await health?.[Symbol.asyncDispose]();
        await context[Symbol.asyncDispose]();
      },
    };
  },
});
