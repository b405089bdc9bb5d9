// Runs one task, and prints what its control group says inside, as JSON: in its own process, which may live in a control group and a namespace of its own.
import { text } from 'node:stream/consumers';
import { taskId } from '../task-spec.ts';
import { ID_RANGE, openCrunMachine } from './crun-machine.ts';

const id = taskId('i-0a');
const signal = AbortSignal.timeout(120_000);
await using machine = await openCrunMachine();
const { driver, rootDirectory } = machine;
const command = { argv: ['sleep', '600'], env: { PATH: '/bin' }, cwd: '/', user: { uid: 0, gid: 0 } };
const limits = { vcpus: 0.5, memoryBytes: 64 * 1024 * 1024, pids: 20 };
await driver.create({ id, rootDirectory, idRange: ID_RANGE, command, hostname: 'inside', mounts: [], limits, consoleBytes: 4096 }, signal);
await driver.start(id, signal);
const files = ['cpu.max', 'memory.max', 'memory.swap.max', 'pids.max'];
const session = await driver.exec(id, { argv: ['cat', ...files.map((file) => `/sys/fs/cgroup/${file}`)] }, signal);
session.stdin.end();
const values = (await text(session.stdout)).trim().split('\n');
console.log(JSON.stringify(Object.fromEntries(files.map((file, index) => [file, values[index]]))));
