import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { TaskMount } from '@pilvi/instance-driver';

/** Debian package openssh-sftp-server. */
const SERVER = '/usr/lib/openssh/sftp-server';
const SHOWN = '/run/pilvi/sftp';

/**
 * OpenSSH's server of files with its libraries and their loader, all of this machine, as each instance is shown them: so it runs inside, whatever the image, in the instance's
 * root and with the ids of who logged in, and no link leads it out. Empty when this machine has none: then an image must bring its own.
 */
export function findSftpServer(): readonly TaskMount[] {
  if (!existsSync(SERVER)) return [];
  const needed = execFileSync('ldd', [SERVER], { encoding: 'utf8' });
  const libraries = [...needed.matchAll(/=> (\/\S+)/g)].map(([, path]) => path!);
  const loader = /^\s*(\/\S+) \(/m.exec(needed)?.[1];
  if (loader === undefined) return [];
  const show = (source: string, name: string): TaskMount => ({ source, target: `${SHOWN}/${name}`, readOnly: true });
  return [show(SERVER, 'server'), show(loader, 'loader'), ...libraries.map((path) => show(path, basename(path)))];
}

/** Runs the image's own server, or the one that is shown. A shell's words. */
export const SFTP_COMMAND = `for server in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server /usr/lib/ssh/sftp-server; do [ -x $server ] && exec $server; done
[ -x ${SHOWN}/loader ] && exec ${SHOWN}/loader --library-path ${SHOWN} ${SHOWN}/server
exit 127`;
