import { randomBytes } from 'node:crypto';
import type { Engine } from './engine.ts';
import type { Resources } from './resources.ts';
import { readLogs } from './run-in-container.ts';
import type { Credentials } from './s3-client-config.ts';
import { PilviTestingError } from './testing-error.ts';

export interface SecretsInput {
  readonly engine: Engine;
  readonly resources: Resources;
  /** The image of the whole store, which has the command. */
  readonly image: string;
  readonly names: Readonly<Record<'etcd' | 'storage' | 'gateways', readonly string[]>>;
}

/** The user of the images. */
const OWNER = '1000:1000';
const AT = '/secrets';

/** `pilvi secrets`, once: the cluster's authority, and in a volume for each process its certificate and key. The root account's key is made here. */
export async function makeSecrets({ engine, resources, image, names }: SecretsInput): Promise<Credentials> {
  await engine.need(image);
  const credentials = makeCredentials();
  const members = [...names.gateways, ...names.storage, ...names.etcd];
  for (const name of members) await resources.createVolume(`${name}-secrets`);
  const option = (flag: string, values: readonly string[]): string[] => (values.length === 0 ? [] : [flag, ...values]);
  const container = await engine.docker.createContainer({
    Image: image,
    name: resources.nameOf('make-secrets'),
    User: '0',
    Cmd: [
      ...['pilvi', 'secrets', AT, '--owner', OWNER],
      ...option('--gateway', names.gateways),
      ...option('--storage-node', names.storage),
      ...option('--etcd', names.etcd),
    ],
    Env: [`PILVI_ROOT_ACCESS_KEY_ID=${credentials.accessKeyId}`, `PILVI_ROOT_SECRET_ACCESS_KEY=${credentials.secretAccessKey}`],
    Labels: { ...resources.labels },
    HostConfig: { NetworkMode: 'none', Binds: members.map((name) => `${resources.nameOf(`${name}-secrets`)}:${AT}/${name}`) },
  });
  try {
    const ended = container.wait({ condition: 'next-exit' }) as Promise<{ StatusCode: number }>;
    await container.start();
    const { StatusCode } = await ended;
    if (StatusCode !== 0) throw new PilviTestingError('start-failed', `no secrets for the cluster: ${await readLogs(container)}`);
  } finally {
    await container.remove({ force: true, v: true });
  }
  return credentials;
}

/** As AWS's look: twenty capitals and digits, and forty characters. */
export function makeCredentials(): Credentials {
  return {
    accessKeyId: `PILVI${randomBytes(8).toString('hex').slice(0, 15).toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}
