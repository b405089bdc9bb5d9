import { test } from 'node:test';
import { testInstanceDriver } from './compliance.ts';
import { createMemoryMachine, openMemoryDriver } from './memory-driver.ts';
import { ID_RANGE, openCrunMachine, whyNoCrun } from './testing/crun-machine.ts';

testInstanceDriver('in memory', async () => {
  const machine = createMemoryMachine();
  let driver = openMemoryDriver(machine);
  return {
    get driver() {
      return driver;
    },
    async reopen() {
      await driver[Symbol.asyncDispose]();
      driver = openMemoryDriver(machine);
      return driver;
    },
    root: { rootDirectory: '/', idRange: ID_RANGE },
    exiting: (code) => ['exit', String(code)],
    async [Symbol.asyncDispose]() {
      for (const id of await driver.list()) await driver.destroy(id, AbortSignal.timeout(1000));
    },
  };
});

const missing = whyNoCrun();
if (missing !== false) test('crun', { skip: missing }, () => undefined);
else
  testInstanceDriver('crun', async () => {
    const machine = await openCrunMachine();
    return {
      get driver() {
        return machine.driver;
      },
      reopen: () => machine.reopen(),
      root: { rootDirectory: machine.rootDirectory, idRange: ID_RANGE },
      exiting: (code) => ['sh', '-c', `exit ${code}`],
      [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
    };
  });
