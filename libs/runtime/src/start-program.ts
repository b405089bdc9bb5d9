// Becomes a program that moves object bytes, with the options that are meant for one:
//   node libs/runtime/src/start-program.ts apps/storage-node/src/main.ts
// In the place of this process, so that a container's process 1, or what a unit file starts, is the program itself and gets the signals.
import { ENVIRONMENT_FOR_BUFFERS, NODE_OPTIONS_FOR_BUFFERS } from './node-options.ts';

const [program, ...rest] = process.argv.slice(2);
if (program === undefined) throw new Error('usage: node start-program.ts PROGRAM [ARGUMENTS]');
if (process.execve === undefined) throw new Error('this system cannot replace a process by another (execve)');

process.execve(process.execPath, [process.execPath, ...NODE_OPTIONS_FOR_BUFFERS, program, ...rest], {
  ...process.env,
  ...ENVIRONMENT_FOR_BUFFERS,
});
