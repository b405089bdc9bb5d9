import { getContainerRuntimeClient, getReaper, ImageName, LABEL_TESTCONTAINERS_SESSION_ID } from 'testcontainers';
import type { ContainerRuntimeClient } from 'testcontainers';
import { PilviTestingError } from './testing-error.ts';

/** The container engine, found the way testcontainers finds it (DOCKER_HOST, the default socket, ...). */
export interface Engine {
  /** Its API; the types come with testcontainers. */
  readonly docker: ContainerRuntimeClient['container']['dockerode'];
  /** Host name under which published ports are reached. */
  readonly host: string;
  /** On everything that is made: testcontainers' reaper, where it runs, removes what a killed test left behind. */
  readonly labels: Readonly<Record<string, string>>;
  /** Pulls the image if it is not there. Throws `image-missing`. */
  need(image: string): Promise<void>;
}

/** Throws `no-engine`, and `image-missing` when the reaper's cannot be pulled. */
export async function openEngine(): Promise<Engine> {
  const client = await getContainerRuntimeClient().catch((cause: unknown) => {
    throw new PilviTestingError('no-engine', 'no container engine answers: is Docker running?', { cause });
  });
  const reaper = await getReaper(client).catch((cause: unknown) => {
    throw new PilviTestingError('image-missing', "testcontainers' reaper cannot be had (TESTCONTAINERS_RYUK_DISABLED=true goes without)", {
      cause,
    });
  });
  return {
    docker: client.container.dockerode,
    host: client.info.containerRuntime.host,
    labels: { 'org.testcontainers': 'true', [LABEL_TESTCONTAINERS_SESSION_ID]: reaper.sessionId },
    async need(image) {
      const name = ImageName.fromString(image);
      if (await client.image.exists(name)) return;
      await client.image.pull(name).catch((cause: unknown) => {
        throw new PilviTestingError('image-missing', `the image ${image} is not there, and cannot be pulled`, {
          details: { image },
          cause,
        });
      });
    },
  };
}
