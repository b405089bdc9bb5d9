import { wordsFor } from '../guest/machine-kind.ts';
import type { MachineKind } from '../guest/machine-kind.ts';
import type { TestResult } from '../test-counts.ts';
import { PARTS, testNames } from './tried.ts';

/** What came of the tests on one machine. */
export interface MachineResults {
  readonly machine: MachineKind;
  readonly results: readonly TestResult[];
}

/** By hand, in a container that had all of the others (deploy/compute-node.yaml). */
const CAPABILITIES_OF_A_NODE = [
  '## What the node itself is allowed',
  '',
  'A compute node is root, and in a container of its own it needs these capabilities. Each was taken away alone, and what came of it without the check that names it now',
  '(`libs/instance-driver/src/crun/missing-requirements.ts`; `e2e/scenarios/compute-capabilities.e2e.ts` sees that each is missed):',
  '',
  row(['without', 'what fails']),
  row(['---', '---']),
  row(['SYS_ADMIN', 'every mount and namespace']),
  row(['NET_ADMIN', 'every link and rule']),
  row(['NET_BIND_SERVICE', 'the metadata service cannot listen at 169.254.169.254:80']),
  row(['CHOWN', "a root disk cannot be given to an instance's range of ids"]),
  row(['DAC_OVERRIDE', "the node's own data and secrets, which others wrote, cannot be read"]),
  row(['FOWNER', 'the mode of a directory that is an instance’s cannot be set']),
  row(['SETGID, SETUID', "an instance's ids cannot be mapped"]),
  row(['SYS_CHROOT', 'the Debian image cannot be made (mmdebstrap)']),
  row(['MKNOD', 'there are no names for loop devices, so no root disks']),
  '',
  'CAP_KILL was on the list before, and nothing failed without it: who owns a user namespace may signal all that is in it. A launch, a page served, a command inside, a stop, a start and a termination',
  'were tried without each; the making of the Debian image without CAP_KILL and without CAP_SYS_CHROOT.',
  '',
];

/** The text of docs/isolation.md. Every test has a line, and every line says what came of its test. */
export function isolationTable(machines: readonly MachineResults[]): string {
  return [
    '# What an instance is kept from',
    '',
    'Each line is a test that looks, or tries to get out, from inside a running instance, its root disk or its network; two lines of the metadata service, who',
    "asks too often and an address that is nobody's, are tried on the service alone. The table is made of the results",
    'of these tests by `node tools/write-isolation-table.ts`, after `npm run test:cgroup-v2`; a test fails when a line has no test, or a test has no line.',
    'How an instance is made is in `libs/instance-driver/src/crun/oci-bundle.ts`, `confinement.ts` and `seccomp-profile.ts`; its rules are in',
    '`libs/instance-network/src/router-rules.ts`. That security groups hold is shown by `libs/instance-network/src/compliance.ts`.',
    '',
    ...machines.map(({ machine }) => `- ${shortWordsFor(machine)}: ${wordsFor({ ...machine, kernel: versionOf(machine.kernel) })}`),
    '',
    '`-`: the test is not for that version, or was not run.',
    '',
    ...CAPABILITIES_OF_A_NODE,
    ...PARTS.flatMap(({ heading, files }) => [
      `## ${heading}`,
      '',
      `From ${files.map((file) => `[${file}](../${file})`).join(' and ')}.`,
      '',
      row(['what is tried', ...machines.map(({ machine }) => shortWordsFor(machine))]),
      row(['---', ...machines.map(() => '---')]),
      ...files.flatMap((file) =>
        testNames(file).map((name) => row([name, ...machines.map(({ results }) => outcomeOf(results, file, name))])),
      ),
      '',
    ]),
  ].join('\n');
}

/** The lines of a table that was made, without what came of them. */
export function linesOf(document: string): readonly string[] {
  return [...document.matchAll(/^\| (.*?) +\| (?:passed|FAILED|not tried|-) /gm)].map(([, name = '']) => name);
}

function shortWordsFor({ cgroupVersion }: MachineKind): string {
  return `cgroup v${cgroupVersion}`;
}

/** Without what its builder calls it. */
function versionOf(kernel: string): string {
  return /^[\d.]+/.exec(kernel)?.[0] ?? kernel;
}

const WORDS = { passed: 'passed', failed: 'FAILED', skipped: 'not tried' } as const;

function outcomeOf(results: readonly TestResult[], file: string, name: string): string {
  const found = results.find((result) => result.file === file && result.name === name);
  return found === undefined ? '-' : WORDS[found.outcome];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
