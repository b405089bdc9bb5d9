#!/usr/bin/env node
// `npx pilvi ...` in a checkout, on any Node from 20 on: hands over to the pinned Node, which runs the TypeScript.
import { fileURLToPath } from 'node:url';
import { runPinned } from '../../../tools/pinned-node.mjs';

await runPinned([fileURLToPath(new URL('../src/main.ts', import.meta.url)), ...process.argv.slice(2)]);
