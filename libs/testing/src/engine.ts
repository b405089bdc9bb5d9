import { isIPv4 } from 'node:net';
import { getContainerRuntimeClient, getReaper, ImageName, LABEL_TESTCONTAINERS_SESSION_ID } from 'testcontainers';
import type { ContainerRuntimeClient } from 'testcontainers';
import { PilviTestingError } from './testing-error.ts';

/** The container engine, found the way testcontainers finds it (DOCKER_HOST, the default socket, ...). */
export interface Engine {
  /** Its API; the types come with testcontainers. */
  readonly docker: ContainerRuntimeClient['container']['dockerode'];
  /** Host name under which published ports are reached. */
  readonly host: string;
  /** The address of the engine's machine at which ports are published, so that they are reached there, and from no further away than need be. */
  readonly publishAddress: string;
  /** On everything that is made: testcontainers' reaper, where it runs, removes what a killed test left behind. */
  readonly labels: Readonly<Record<string, string>>;
  /** Pulls the image if it is not there. Throws `image-missing`. */
  need(image: string): Promise<void>;
}

/** Throws `no-engine`, and `image-missing` when the reaper's cannot be pulled. */
export async function openEngine(): Promise<Engine> {
  const client = await engineClient();
  const { host } = client.info.containerRuntime;
  const reaper = await getReaper(client).catch((cause: unknown) => {
    throw new PilviTestingError('image-missing', "testcontainers' reaper cannot be had (TESTCONTAINERS_RYUK_DISABLED=true goes without)", {
      cause,
    });
  });
  return {
    docker: client.container.dockerode,
    host,
    publishAddress: publishAddressFor(host),
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

/** The name of the engine's host as testcontainers finds it. Throws `no-engine`. */
export async function engineHost(): Promise<string> {
  return (await engineClient()).info.containerRuntime.host;
}

/**
 * Tests that run in a container reach the engine's machine by its bridge's address, and a remote engine by its name: there the loopback address, where ports
 * are published otherwise, would not do. Pure.
 */
export function publishAddressFor(host: string): string {
  if (host === 'localhost') return '127.0.0.1';
  return isIPv4(host) ? host : '0.0.0.0';
}

async function engineClient(): Promise<ContainerRuntimeClient> {
  return getContainerRuntimeClient().catch((cause: unknown) => {
    throw new PilviTestingError('no-engine', 'no container engine answers: is Docker running?', { cause });
  });
}
