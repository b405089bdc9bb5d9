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

const bind = libc.func('int bind(int fd, void *address, unsigned int length)') as (fd: number, address: Buffer, length: number) => number;
const listen = libc.func('int listen(int fd, int backlog)') as (fd: number, backlog: number) => number;

const BACKLOG = 128;
const ADDRESS_BYTES = 16;

/** The descriptor of a socket of the namespace that listens at all its addresses, at a port that is free there. */
export function listenInNamespace(path: string): number {
  const fd = socketInNamespace(path);
  try {
    // struct sockaddr_in: address and port stay zero.
    const address = Buffer.alloc(ADDRESS_BYTES);
    address.writeUInt16LE(AF_INET);
    check('bind', bind(fd, address, ADDRESS_BYTES));
    check('listen', listen(fd, BACKLOG));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** A connection from within the namespace. */
export function connectInNamespace(path: string, port: number, address: string): Socket {
  // It must not look for data before it is connected.
  const socket = new Socket({ fd: socketInNamespace(path), manualStart: true } as ConstructorParameters<typeof Socket>[0]);
  return socket.connect(port, address);
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
