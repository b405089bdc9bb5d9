import { GenericContainer, Wait } from 'testcontainers';
import type { StartedTestContainer } from 'testcontainers';
import { REGION } from './cluster.ts';
import { DEFAULT_IMAGES } from './default-images.ts';
import { engineHost } from './engine.ts';
import { makeCredentials } from './make-secrets.ts';
import { makeServerCertificate } from './server-certificate.ts';
import { s3ClientConfig } from './s3-client-config.ts';
import type { Credentials, S3ClientConfig } from './s3-client-config.ts';
import { PilviTestingError } from './testing-error.ts';

export interface PilviContainerOptions {
  /** `pilvi/pilvi:latest` by default. */
  readonly image?: string;
  /** Storage nodes in the container; 1 by default, which is enough for tests of an application. */
  readonly nodes?: number;
  /** Copies of every piece; as many as nodes, at most 3, by default. */
  readonly copies?: number;
  /** HTTPS: with a certificate made for this container (`certificate` says which), or with your own, as PEM texts. */
  readonly tls?: boolean | { readonly certificate: string; readonly key: string };
  /** Host name under which `bucket.<name>` addresses a bucket. */
  readonly domain?: string;
  /** Made at random by default. */
  readonly credentials?: Credentials;
  readonly startTimeoutMs?: number;
  /** The container before it starts: networks, labels, log consumers and whatever else testcontainers has. */
  readonly configure?: (container: GenericContainer) => GenericContainer;
}

/** A whole store that runs. */
export interface StartedPilvi extends AsyncDisposable {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** With HTTPS: the PEM text that a client has to trust (NODE_EXTRA_CA_CERTS, or the `ca` of an agent). */
  readonly certificate: string | undefined;
  /** As testcontainers gives it: logs, exec, ports. */
  readonly container: StartedTestContainer;
  /** Options for `new S3Client(...)` of the AWS SDK. */
  s3ClientConfig(): S3ClientConfig;
  /** Removes the container and its data. */
  stop(): Promise<void>;
}

const S3_PORT = 9000;
const START_TIMEOUT_MS = 120_000;
const MOST_NODES = 9;
const MOST_COPIES = 3;
const TLS_DIR = '/etc/pilvi-tls';

/** A whole store in one container: `await using cloud = await new PilviContainer().start()`. */
export class PilviContainer {
  readonly #options: PilviContainerOptions;

  /** Throws `bad-option`. */
  constructor(options: PilviContainerOptions = {}) {
    const { nodes = 1, copies } = options;
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > MOST_NODES)
      throw bad(`nodes: a whole number from 1 to ${MOST_NODES}, not ${nodes}`);
    const most = Math.min(nodes, MOST_COPIES);
    if (copies !== undefined && (!Number.isInteger(copies) || copies < 1 || copies > most)) {
      throw bad(`copies: a whole number from 1 to ${most}, not ${copies}`);
    }
    this.#options = options;
  }

  /** Resolves when it serves. Throws `start-failed`; nothing is left then. */
  async start(): Promise<StartedPilvi> {
    const { image = DEFAULT_IMAGES.pilvi, nodes = 1, copies, tls = false, domain, startTimeoutMs = START_TIMEOUT_MS } = this.#options;
    const credentials = this.#options.credentials ?? makeCredentials();
    const pair = tls === true ? await makeServerCertificate(await engineHost()) : tls === false ? undefined : tls;
    const wait = Wait.forHttp('/_pilvi/health', S3_PORT);
    const plain = new GenericContainer(image)
      .withExposedPorts(S3_PORT)
      .withEnvironment({
        PILVI_STORAGE_NODES: String(nodes),
        PILVI_ZONES: String(Math.min(nodes, MOST_COPIES)),
        PILVI_COPIES: String(copies ?? Math.min(nodes, MOST_COPIES)),
        PILVI_ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
        PILVI_ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        ...(domain === undefined ? {} : { PILVI_DOMAIN: domain }),
        ...(pair === undefined ? {} : { PILVI_TLS_CERT: `${TLS_DIR}/cert.pem`, PILVI_TLS_KEY: `${TLS_DIR}/key.pem` }),
      })
      .withCopyContentToContainer(
        pair === undefined
          ? []
          : [
              { content: pair.certificate, target: `${TLS_DIR}/cert.pem`, mode: 0o444 },
              { content: pair.key, target: `${TLS_DIR}/key.pem`, mode: 0o444 },
            ],
      )
      .withWaitStrategy(pair === undefined ? wait : wait.usingTls().allowInsecure())
      .withStartupTimeout(startTimeoutMs);
    const configured = this.#options.configure?.(plain) ?? plain;
    const container = await configured.start().catch((cause: unknown) => {
      throw new PilviTestingError('start-failed', `${image} did not start: ${String(cause)}`, { details: { image }, cause });
    });
    return started(container, credentials, pair?.certificate);
  }
}

function started(container: StartedTestContainer, credentials: Credentials, certificate: string | undefined): StartedPilvi {
  const scheme = certificate === undefined ? 'http' : 'https';
  const endpoint = `${scheme}://${container.getHost()}:${container.getMappedPort(S3_PORT)}`;
  const stop = async (): Promise<void> => {
    await container.stop({ removeVolumes: true });
  };
  return {
    endpoint,
    region: REGION,
    credentials,
    certificate,
    container,
    s3ClientConfig: () => s3ClientConfig(endpoint, REGION, credentials),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function bad(message: string): PilviTestingError {
  return new PilviTestingError('bad-option', message);
}
