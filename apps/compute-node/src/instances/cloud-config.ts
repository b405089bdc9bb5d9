import { parseDocument } from 'yaml';

const MARK = /^#cloud-config\s*$/;
const BOX = '/run/pilvi/busybox';
/** What is done of cloud-init's modules, in the order in which it does them. */
const STEPS: Readonly<Record<string, (value: unknown) => readonly string[]>> = {
  bootcmd: (value) => commands('bootcmd', value),
  write_files: (value) => list('write_files', value).flatMap(writeFile),
  ssh_authorized_keys: (value) => authorizedKeys(list('ssh_authorized_keys', value)),
  packages: (value) => packages(list('packages', value)),
  runcmd: (value) => commands('runcmd', value),
  final_message: (value) => [`echo ${quoted(text('final_message', value))}`],
};

/**
 * User-data as the script that an instance runs: a #cloud-config becomes one, anything else is as it was. What cannot be understood becomes a script that says so on
 * the console and fails. Source: cloud-init's module reference.
 */
export function userDataScript(userData: Buffer): Buffer {
  const given = userData.toString();
  if (!MARK.test(given.split('\n', 1)[0] ?? '')) return userData;
  try {
    return script(cloudConfigSteps(given));
  } catch (error) {
    return script([`echo ${quoted(`pilvi: #cloud-config: ${(error as Error).message}`)}`, 'exit 1']);
  }
}

function script(lines: readonly string[]): Buffer {
  return Buffer.from(`#!${BOX} sh\n${lines.join('\n')}\n`);
}

function cloudConfigSteps(given: string): readonly string[] {
  const document = parseDocument(given);
  const [wrong] = document.errors;
  if (wrong !== undefined) throw new Error(`it is no YAML: ${wrong.message.split('\n')[0] ?? ''}`);
  const config: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  if (typeof config !== 'object' || Array.isArray(config)) throw new Error('it is no mapping of names to values');
  const values = config as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(values).filter((name) => !Object.hasOwn(STEPS, name));
  return [
    ...(unknown.length > 0 ? [`echo ${quoted(`pilvi: #cloud-config: not done here: ${unknown.join(', ')}`)}`] : []),
    ...Object.entries(STEPS).flatMap(([name, step]) => (values[name] === undefined || values[name] === null ? [] : step(values[name]))),
  ];
}

/** A string is for the shell, a list is a command and its arguments; one that fails does not keep the next from running. */
function commands(name: string, value: unknown): readonly string[] {
  return list(name, value).map((command) => {
    if (typeof command === 'string') return `( ${BOX} sh -c ${quoted(command)} )`;
    return list(`a command of ${name}`, command)
      .map((word) => quoted(text(`a command of ${name}`, word)))
      .join(' ');
  });
}

const ENCODINGS: Readonly<Record<string, string>> = {
  'text/plain': `${BOX} base64 -d`,
  b64: `${BOX} base64 -d | ${BOX} base64 -d`,
  base64: `${BOX} base64 -d | ${BOX} base64 -d`,
  'gz+b64': `${BOX} base64 -d | ${BOX} base64 -d | ${BOX} gunzip -c`,
  'gz+base64': `${BOX} base64 -d | ${BOX} base64 -d | ${BOX} gunzip -c`,
  'gzip+base64': `${BOX} base64 -d | ${BOX} base64 -d | ${BOX} gunzip -c`,
};

function writeFile(value: unknown): readonly string[] {
  const {
    path,
    content = '',
    encoding = 'text/plain',
    permissions = '0644',
    owner,
    append = false,
  } = value as Readonly<Record<string, unknown>>;
  const target = text('path of write_files', path);
  if (!target.startsWith('/')) throw new Error(`write_files: ${target} is no absolute path`);
  const decode = ENCODINGS[text('encoding of write_files', encoding)];
  if (decode === undefined) throw new Error(`write_files: the encoding ${String(encoding)} is not known`);
  const mode = text('permissions of write_files', permissions);
  if (!/^[0-7]{3,4}$/.test(mode)) throw new Error(`write_files: ${mode} are no permissions (write them in quotes, '0644')`);
  const name = quoted(target);
  // In base64, so that no content can end the quotes.
  const bytes = Buffer.from(text('content of write_files', content)).toString('base64');
  return [
    `${BOX} mkdir -p "$(${BOX} dirname ${name})"`,
    `echo ${bytes} | ${decode} ${append === true ? '>>' : '>'} ${name}`,
    `${BOX} chmod ${mode} ${name}`,
    ...(owner === undefined ? [] : [`${BOX} chown ${quoted(text('owner of write_files', owner))} ${name}`]),
  ];
}

function authorizedKeys(keys: readonly unknown[]): readonly string[] {
  const lines = keys.map((key) => `echo ${quoted(text('ssh_authorized_keys', key))} >> /root/.ssh/authorized_keys`);
  return [`${BOX} mkdir -p -m 0700 /root/.ssh`, ...lines, `${BOX} chmod 0600 /root/.ssh/authorized_keys`];
}

function packages(names: readonly unknown[]): readonly string[] {
  const all = names.map((name) => quoted(text('packages', name))).join(' ');
  return [
    `if [ -x /usr/bin/apt-get ]; then apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends ${all}`,
    `else echo 'pilvi: #cloud-config: packages: the image has no apt-get'; fi`,
  ];
}

function list(name: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${name} is no list`);
  return value;
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${name} is no text`);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
