import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import koffi from 'koffi';
import { NetworkError } from './errors.ts';

// A socket belongs to the namespace in which it is made, whoever uses it. Node cannot enter one, so the system calls themselves: this thread goes there
// for the moment of one call, and nothing else runs meanwhile.
const libc = koffi.load(null);
const setns = libc.func('int setns(int fd, int type)') as (fd: number, type: number) => number;
const makeSocket = libc.func('int socket(int domain, int type, int protocol)') as (
  domain: number,
  type: number,
  protocol: number,
) => number;

const CLONE_NEWNET = 0x40000000;
const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/** A connection within the namespace, to its loopback address. */
export function connectInNamespace(path: string, port: number): Socket {
  // It must not look for data before it is connected.
  const socket = new Socket({ fd: socketInNamespace(path), manualStart: true } as ConstructorParameters<typeof Socket>[0]);
  return socket.connect(port, '127.0.0.1');
}

/** The descriptor of a new TCP socket of the namespace. */
function socketInNamespace(path: string): number {
  const own = openSync('/proc/thread-self/ns/net', 'r');
  try {
    const there = openSync(path, 'r');
    try {
      check('setns', setns(there, CLONE_NEWNET));
      try {
        return check('socket', makeSocket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      } finally {
        // A thread that is lost in an instance's network must not go on.
        if (setns(own, CLONE_NEWNET) !== 0) process.abort();
      }
    } finally {
      closeSync(there);
    }
  } finally {
    closeSync(own);
  }
}

function check(what: string, result: number): number {
  if (result >= 0) return result;
  throw new NetworkError('command-failed', `${what} failed with error ${koffi.errno()}`);
}
