// Nx plugin: gives every project its targets, so that no project repeats them. A target appears where there is something to do:
//   typecheck, lint   every project with a tsconfig.json
//   test              every project (`node --test` over its *.test.ts; none is fine)
//   proto             the contracts: generated from proto/ with buf and ts-proto
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PROJECT_FILES = '{apps/*/package.json,libs/*/package.json,e2e/package.json,tools/project.json}';
const CONTRACTS = 'libs/contracts';

/** Whatever changes the meaning of every file. */
const workspace = ['{workspaceRoot}/package-lock.json', '{workspaceRoot}/tsconfig.base.json', '{workspaceRoot}/nx.json'];

export const name = 'pilvi-workspace';

export const createNodesV2 = [
  PROJECT_FILES,
  // One result per file: which project it describes, and the targets that project has.
  (files, _options, { workspaceRoot }) =>
    files.map((file) => {
      const root = dirname(file);
      const targets = existsSync(join(workspaceRoot, root, 'tsconfig.json')) ? targetsOf(root) : {};
      return [file, { projects: { [root]: { targets } } }];
    }),
];

/** What is packed for others is checked for the older language that they may have, too. */
function typecheckOf(root) {
  const packed = `${root}/tsconfig.dist.json`;
  return existsSync(packed) ? `tsc -p ${root} && tsc -p ${packed} --noEmit` : `tsc -p ${root}`;
}

function targetsOf(root) {
  return {
    typecheck: run(typecheckOf(root), ['source', '^source', ...workspace]),
    lint: run(`eslint --max-warnings 0 ${root}`, ['source', '^source', ...workspace, '{workspaceRoot}/eslint.config.mjs']),
    test: {
      ...run(`node tools/test-project.ts ${root}`, ['source', '^source', ...workspace, '{workspaceRoot}/tools/test-*.ts']),
      outputs: [`{workspaceRoot}/.nx/test-counts/${root.replaceAll('/', '-')}.json`],
    },
    ...(root === CONTRACTS && { proto: protoTarget() }),
  };
}

function protoTarget() {
  return {
    ...run('buf generate', ['{workspaceRoot}/proto/**/*', ...workspace]),
    options: { command: 'buf generate', cwd: 'proto' },
    outputs: ['{projectRoot}/src/generated'],
  };
}

function run(command, inputs) {
  return { executor: 'nx:run-commands', options: { command }, inputs, cache: true };
}
