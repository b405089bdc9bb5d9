import { ImageError } from './errors.ts';

/** What an image says of itself, beside its files. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** As the image has it: a name or number, perhaps with a group after a colon. Empty: root. */
  readonly user: string;
}

/** A root without a word about itself. */
export const PLAIN_ROOT: ImageConfig = { entrypoint: [], command: [], env: {}, workingDirectory: '/', user: '' };

/** Reads an image's configuration (OCI image-spec, config.md). ImageError `wrong-architecture` for another machine's, `bad-image` for what is none. */
export function readImageConfig(text: string, architecture: NodeJS.Architecture = process.arch): ImageConfig {
  const { os, architecture: found, config = {} } = parse(text);
  const wanted = architecture === 'x64' ? 'amd64' : architecture;
  if (os !== undefined && os !== 'linux') throw new ImageError('wrong-architecture', `the image is for ${os}, not for linux`);
  if (found !== undefined && found !== wanted)
    throw new ImageError('wrong-architecture', `the image is for ${found}, this machine is ${wanted}`);
  return {
    entrypoint: config.Entrypoint ?? [],
    command: config.Cmd ?? [],
    env: Object.fromEntries((config.Env ?? []).map(splitAtEquals)),
    workingDirectory: config.WorkingDir === undefined || config.WorkingDir === '' ? '/' : config.WorkingDir,
    user: config.User ?? '',
  };
}

interface OciConfig {
  readonly os?: string;
  readonly architecture?: string;
  readonly config?: {
    readonly Entrypoint?: string[] | null;
    readonly Cmd?: string[] | null;
    readonly Env?: string[] | null;
    readonly WorkingDir?: string;
    readonly User?: string;
  };
}

function parse(text: string): OciConfig {
  try {
    return JSON.parse(text) as OciConfig;
  } catch (error) {
    throw new ImageError('bad-image', 'the configuration of the image is no JSON', error);
  }
}

function splitAtEquals(text: string): [string, string] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
