import type { Command } from 'commander';
import type { Config } from '../config.ts';

interface Shell {
  readonly settings: () => Config;
  readonly print: (text: string) => void;
}

interface ImportFlags {
  readonly name?: string;
  readonly description: string;
  readonly bucket: string;
  readonly insecureRegistry: boolean;
}

/** `pilvi image import`. */
export function addImageCommands(program: Command, { settings, print }: Shell): void {
  const image = program.command('image').description('images to launch instances from');
  image
    .command('import')
    .description('make an image of a file or of what a registry has, and print its id')
    .argument(
      '<source>',
      'an OCI or Docker archive or a root tarball; or docker://docker.io/library/debian:bookworm, docker-daemon:..., oci:...',
    )
    .option('--name <name>', "the image's name; without it, the last part of the source")
    .option('--description <text>', 'up to 255 characters', '')
    .option('--bucket <bucket>', 'where the archive is kept; it must stay while instances are launched from it', 'pilvi-images')
    .option('--insecure-registry', 'trust a registry without a certificate', false)
    .action(async (source: string, { name, description, bucket, insecureRegistry }: ImportFlags) => {
      const stopping = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
      // Its clients are large, and no other command needs them.
      const { importImage } = await import('./import-image.ts');
      const request = { source, name, description, bucket, insecure: insecureRegistry };
      print(await importImage(settings(), request, { tell: (line) => process.stderr.write(`${line}\n`), signal: stopping.signal }));
    });
}
