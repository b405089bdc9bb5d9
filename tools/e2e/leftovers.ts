import { outputOf } from './command.ts';

/** Label of what the scenarios make, and the compose project of theirs. */
const OURS = ['label=org.pilvi.testing.owner', 'label=com.docker.compose.project=pilvi-e2e'];

/** Containers, volumes and networks on the engine that are of the scenarios. */
export function listOurs(): ReadonlySet<string> {
  const found = OURS.flatMap((filter) => [
    ...named('container', ['container', 'ls', '--all', '--filter', filter, '--format', '{{.Names}}']),
    ...named('volume', ['volume', 'ls', '--filter', filter, '--format', '{{.Name}}']),
    ...named('network', ['network', 'ls', '--filter', filter, '--format', '{{.Name}}']),
  ]);
  return new Set(found);
}

function named(kind: string, list: readonly string[]): readonly string[] {
  return (outputOf('docker', list) ?? '')
    .split('\n')
    .filter((name) => name !== '')
    .map((name) => `${kind} ${name}`);
}
