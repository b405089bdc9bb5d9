import { DescribeImagesCommand, EC2Client, RegisterImageCommand } from '@aws-sdk/client-ec2';
import type { Image } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { BucketLocationConstraint } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { IMAGE_NAME_RULE, isImageName } from '@pilvi/compute-model';
import { archiveKind, fetchArchive, ImageError } from '@pilvi/instance-images';
import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { clusterAddress, clusterOfEnvironment } from '../cluster-address.ts';
import { CommandError } from '../command-error.ts';
import type { Config } from '../config.ts';
import { formatBytes } from '../draw-table.ts';

export interface ImportRequest {
  /** A file, or a reference that skopeo knows. */
  readonly source: string;
  /** Without it, the last part of the source. */
  readonly name: string | undefined;
  readonly description: string;
  readonly bucket: string;
  /** Of a registry that has no certificate which this machine trusts. */
  readonly insecure: boolean;
}

/** The transports of containers-transports(5) that make sense as a source. */
const REFERENCE = /^(docker:\/\/|(docker-daemon|docker-archive|oci|oci-archive|dir|containers-storage):)/;
const PART_BYTES = 16 * 1024 * 1024;
/** As `process.arch` has it, in EC2's words. */
const ARCHITECTURES: Readonly<Record<string, 'x86_64' | 'arm64'>> = { x64: 'x86_64', arm64: 'arm64' };

/**
 * `pilvi image import`: an image from a file or a registry becomes an object of the cluster and an AMI, whose id is the answer. Nothing is uploaded when the
 * name is taken or the file is no image. Throws CommandError.
 */
export async function importImage(
  config: Config,
  request: ImportRequest,
  { tell, signal }: { readonly tell: (line: string) => void; readonly signal: AbortSignal },
): Promise<string> {
  const isFile = existsSync(request.source);
  if (!isFile && !REFERENCE.test(request.source))
    throw new CommandError('bad-setting', `there is no file ${request.source}; write an image of a registry as docker://HOST/NAME:TAG`);
  const name = request.name ?? imageNameOf(request.source);
  if (!isImageName(name)) throw new CommandError('bad-setting', `"${name}" cannot be an image's name: ${IMAGE_NAME_RULE} (--name)`);
  const { endpoint, region, credentials } = clusterOfEnvironment(process.env) ?? (await clusterAddress(config));
  const ec2 = new EC2Client({ endpoint, region, credentials });
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const scratch = await mkdtemp(join(tmpdir(), 'pilvi-image-'));
  try {
    await nameMustBeFree(ec2, name);
    const file = isFile ? resolve(request.source) : join(scratch, 'image.tar');
    if (isFile) await archiveKind(file, signal);
    else await fetchArchive(request.source, file, { insecure: request.insecure, onLine: tell, signal });
    // A key of its own: who imports the same name meanwhile does not change this one's bytes.
    const object = { bucket: request.bucket, key: `${name}-${randomBytes(4).toString('hex')}.tar` };
    await ensureBucket(s3, request.bucket, region);
    await upload(s3, file, object, { tell, signal });
    const image = { Name: name, Description: request.description, Architecture: ARCHITECTURES[process.arch] };
    const registering = new RegisterImageCommand({ ...image, ImageLocation: `${object.bucket}/${object.key}` });
    const { ImageId } = await ec2.send(registering, { abortSignal: signal }).catch(async (error: unknown) => {
      // It may have been made all the same, and only the answer be lost.
      const made = await findImage(ec2, ({ ImageLocation }) => ImageLocation === `${object.bucket}/${object.key}`);
      if (made !== undefined) return made;
      await s3.send(new DeleteObjectCommand({ Bucket: object.bucket, Key: object.key }));
      throw error;
    });
    return ImageId!;
  } catch (error) {
    throw signal.aborted ? new CommandError('refused', 'broken off') : asCommandError(error);
  } finally {
    ec2.destroy();
    s3.destroy();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Of `docker://docker.io/library/nginx:1.27`, `nginx-1.27`; of `/tmp/my root.tar.gz`, `my root`. Pure. */
export function imageNameOf(source: string): string {
  const last = basename(source.replace(/@sha256:[0-9a-f]+$/, '')).replace(/^[a-z-]+:/, (scheme) => (REFERENCE.test(scheme) ? '' : scheme));
  return last
    .replace(/(\.oci)?(\.tar)?(\.(gz|xz|zst|bz2))?$|\.(tgz|txz)$/, '')
    .replaceAll(':', '-')
    .replace(/[^a-zA-Z0-9()[\] ./\-'@_]/g, '_');
}

async function nameMustBeFree(ec2: EC2Client, name: string): Promise<void> {
  const taken = await findImage(ec2, ({ Name }) => Name === name);
  if (taken !== undefined) throw new CommandError('refused', `${taken.ImageId ?? ''} is called ${name} already: give another --name`);
}

/** Names may have what a filter takes for wildcards, so all are looked at. */
async function findImage(ec2: EC2Client, isIt: (image: Image) => boolean): Promise<Image | undefined> {
  return (await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }))).Images?.find(isIt);
}

/** us-east-1 is no location constraint (CreateBucket in the S3 API reference). */
async function ensureBucket(s3: S3Client, bucket: string, region: string): Promise<void> {
  const where = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
  await s3.send(new CreateBucketCommand({ Bucket: bucket, ...where })).catch((error: unknown) => {
    if ((error as Error).name !== 'BucketAlreadyOwnedByYou') throw error;
  });
}

async function upload(
  s3: S3Client,
  file: string,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  { tell, signal }: { readonly tell: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { size } = await stat(file);
  const work = new Upload({ client: s3, partSize: PART_BYTES, params: { Bucket: bucket, Key: key, Body: createReadStream(file) } });
  work.on('httpUploadProgress', ({ loaded = 0 }) => tell(`s3://${bucket}/${key}: ${formatBytes(loaded)} of ${formatBytes(size)}`));
  signal.addEventListener('abort', () => void work.abort(), { once: true });
  signal.throwIfAborted();
  await work.done();
}

/** What the world did, in words for a person; anything else is our own fault and stays what it is. */
function asCommandError(error: unknown): unknown {
  if (error instanceof ImageError) {
    const hint = error.code === 'unsupported' ? ' (on Debian: apt-get install skopeo)' : '';
    return new CommandError('refused', `${error.message}${hint}`, { cause: error });
  }
  const { name, message, code, $fault } = error as { name: string; message: string; code?: string; $fault?: string };
  if ($fault !== undefined) return new CommandError('refused', `${name}: ${message}`, { cause: error });
  if (code === 'ECONNREFUSED') return new CommandError('not-running', 'no cluster answers (start one with: npm start)', { cause: error });
  // What a connection or its certificate came to (ECONNRESET, DEPTH_ZERO_SELF_SIGNED_CERT, ...).
  return code === undefined ? error : new CommandError('refused', `${code}: ${message}`, { cause: error });
}
