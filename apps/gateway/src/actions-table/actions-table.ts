import { EC2_ACTION_NAMES, EC2_SHAPES, STS_ACTION_NAMES } from '@pilvi/aws-query';
import { EC2_ACTIONS } from '../ec2/actions.ts';
import { ROUTES } from '../s3/routes.ts';
import * as acls from '../s3/verbs/acls.ts';
import * as kept from '../s3/verbs/kept-configuration.ts';
import * as ownership from '../s3/verbs/ownership-controls.ts';
import * as unset from '../s3/verbs/unset-configuration.ts';
import { STS } from '../sts/sts-service.ts';

const HEAD = `# Every action of S3, EC2 and STS

Made from the code by \`node apps/gateway/src/actions-table/main.ts\`; a test fails when it is not up to date.

An action that is not built answers \`UnsupportedOperation\` (EC2, STS) or \`NotImplemented\` (S3). So does a parameter of a built EC2 action that is named here as
not taken: nothing is ignored. S3's request headers that are refused are in \`apps/gateway/src/s3/refused-headers.ts\`.
EC2 needs a compute node; without one RunInstances answers \`UnsupportedOperation\` and says what is missing.
`;

/** The document; \`s3Names\` are all operations of S3. */
export function actionsTable(s3Names: readonly string[]): string {
  return [HEAD, ec2Table(), stsTable(), s3Table(s3Names)].join('\n');
}

function ec2Table(): string {
  const rows = [...EC2_ACTIONS]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, takes }) => {
      const missing = notTaken(name, takes);
      return row(name, missing.length === 0 ? 'yes' : 'partly', missing.length === 0 ? '' : `not taken: ${missing.join(', ')}`);
    });
  const built = new Set(EC2_ACTIONS.map((action) => action.name));
  return section('EC2', rows, EC2_ACTION_NAMES, built);
}

function stsTable(): string {
  const rows = [...STS.actions.keys()].map((name) => row(name, 'yes', ''));
  return section('STS', rows, STS_ACTION_NAMES, new Set(STS.actions.keys()));
}

const LIMITED: readonly (readonly [module: object, what: string])[] = [
  [kept, 'only to the state that holds already'],
  [unset, 'as of a bucket where it was never set'],
  [acls, 'only the owner’s full control'],
  [ownership, 'only BucketOwnerEnforced'],
];

function s3Table(names: readonly string[]): string {
  const verbs = new Map(ROUTES.map(([, , , verb]) => [verb.name, verb]));
  const rows = [...verbs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, verb]) => {
      const what = LIMITED.find(([module]) => Object.values(module).includes(verb))?.[1];
      return row(name, what === undefined ? 'yes' : 'partly', what ?? '');
    });
  return section('S3', rows, names, new Set(verbs.keys()));
}

function section(title: string, rows: readonly string[], names: readonly string[], built: ReadonlySet<string>): string {
  const unbuilt = names.filter((name) => !built.has(name)).sort();
  return [
    `## ${title}`,
    '',
    `${rows.length} of ${new Set([...names, ...built]).size} actions.`,
    '',
    '| action | built | what not |',
    '| --- | --- | --- |',
    ...rows,
    '',
    `No: ${unbuilt.join(', ')}.`,
    '',
  ].join('\n');
}

function row(name: string, built: string, what: string): string {
  return `| ${name} | ${built} | ${what} |`;
}

/** The fields of the request that are refused, the deepest that says it all: `Placement` when nothing below it is taken. */
function notTaken(action: string, takes: readonly string[]): string[] {
  const taken = new Set([...takes, 'DryRun']);
  const isTaken = (path: string): boolean => taken.has(path);
  const isPartlyTaken = (path: string): boolean => [...taken].some((each) => each.startsWith(`${path}.`));
  const inShape = (shapeName: string, prefix: string): string[] => {
    const shape = EC2_SHAPES.shapes[shapeName];
    if (shape === undefined) return [];
    if ('list' in shape) return inShape(shape.list, prefix);
    return Object.entries(shape.fields).flatMap(([field, [, type]]) => {
      const path = prefix === '' ? field : `${prefix}.${field}`;
      if (isTaken(path)) return [];
      return isPartlyTaken(path) ? inShape(type, path) : [path];
    });
  };
  return inShape(EC2_SHAPES.actions[action]?.input ?? '', '');
}
