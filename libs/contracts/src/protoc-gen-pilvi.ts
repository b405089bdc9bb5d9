// A protoc plugin: ts-proto's output, with payload bytes encoded and decoded as wire.ts does. buf runs it (proto/buf.gen.yaml).
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { buffer } from 'node:stream/consumers';
import { CodeGeneratorResponse } from 'ts-proto-descriptors';
import { withOwnWire } from './with-own-wire.ts';

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

const tsProto = createRequire(import.meta.url).resolve('ts-proto/protoc-gen-ts_proto');
const run = spawnSync(process.execPath, [tsProto], {
  input: await buffer(process.stdin),
  maxBuffer: MAX_OUTPUT_BYTES,
  stdio: ['pipe', 'pipe', 'inherit'],
});
if (run.status !== 0) process.exit(run.status ?? 1);
const response = CodeGeneratorResponse.decode(run.stdout);
for (const file of response.file) file.content = withOwnWire(file.name, file.content);
process.stdout.write(CodeGeneratorResponse.encode(response).finish());
